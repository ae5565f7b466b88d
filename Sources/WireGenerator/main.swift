import Foundation

/// Every generated file: its path below the output folder, and its text.
func generate(_ model: ServiceModel) throws(GeneratorError) -> [(path: String, text: String)] {
    var inputs: [String: String] = [:]
    var outputs: [String: String] = [:]
    for operation in model.operations {
        inputs[operation.input] = operation.name
        if let output = operation.output { outputs[output] = operation.name }
    }
    let shapes = try model.reachableShapes()
    var files = [
        (path: "CodePipelineOperation.swift", text: OperationFile(model: model).render()),
        (path: "ModelledShapes.swift", text: try ShapeTableFile(shapes: shapes).render()),
    ]
    for shape in shapes where shape.type == "structure" {
        let file = StructureFile(
            model: model, shape: shape, inputOf: inputs[shape.name], outputOf: outputs[shape.name])
        files.append((path: "Structures/\(shape.name).swift", text: try file.render()))
    }
    return files
}

/// Replaces the output folder by the generated files, so that none of a former model remains.
func write(_ files: [(path: String, text: String)], to folder: URL) throws {
    if FileManager.default.fileExists(atPath: folder.path) {
        try FileManager.default.removeItem(at: folder)
    }
    for file in files {
        let url = folder.appending(path: file.path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(file.text.utf8).write(to: url)
    }
}

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count == 2, let modelPath = arguments.first, let folder = arguments.last else {
    FileHandle.standardError.write(Data("usage: WireGenerator MODEL OUTPUT-FOLDER\n".utf8))
    exit(64)
}
do {
    let bytes = try Data(contentsOf: URL(filePath: modelPath))
    let files = try generate(try ServiceModel(parsing: Array(bytes)))
    try write(files, to: URL(filePath: folder))
    print("\(files.count) files in \(folder)")
} catch {
    FileHandle.standardError.write(Data("WireGenerator: \(error)\n".utf8))
    exit(1)
}
