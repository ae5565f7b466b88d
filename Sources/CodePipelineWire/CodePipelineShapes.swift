package import AWSProtocol

/// The shapes of the service with their constraints: those of the model, but for ``constraintOverrides``.
package let codePipelineShapes: ShapeTable = {
    do throws(ShapeTableError) {
        return try ShapeTable(parsing: modelledShapes, overrides: constraintOverrides)
    } catch {
        preconditionFailure("Invalid state: \(error)")
    }
}()
