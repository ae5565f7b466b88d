import CodePipelineAPI

/// A policy document in the configuration file. What is not evaluated (``PolicyDocument``) is refused here, in a line that
/// names the user, the policy and the statement.
enum PolicySettings {
    /// - Parameters:
    ///   - number: the policy's place among the user's, from 1.
    ///   - user: the user's name.
    static func policy(
        _ node: ConfigurationNode, number: Int, user: String
    ) throws(CommandFailure) -> PolicyDocument {
        let place = "user \(user), policy \(number)"
        let members = try named(place) { () throws(CommandFailure) in
            let members = try node.members(["Version", "Id", "Statement"])
            let version = try members.required("Version")
            guard try version.text() == "2012-10-17" else { throw version.failure("must be \"2012-10-17\"") }
            if let id = members["Id"] { _ = try id.anyText() }
            return members
        }
        let nodes = try named(place) { () throws(CommandFailure) in try members.required("Statement").listOrOne() }
        var statements: [PolicyDocument.Statement] = []
        for (number, node) in nodes.enumerated() {
            let statement = "\(place), statement \(number + 1)"
            statements.append(try named(statement) { () throws(CommandFailure) in try self.statement(node) })
        }
        return PolicyDocument(statements: statements)
    }

    /// Adds to a failure where in whose policy it is.
    private static func named<Value>(
        _ place: String, _ body: () throws(CommandFailure) -> Value
    ) throws(CommandFailure) -> Value {
        do {
            return try body()
        } catch {
            throw CommandFailure(error.status, "\(error.message) (\(place))")
        }
    }

    private static func statement(_ node: ConfigurationNode) throws(CommandFailure) -> PolicyDocument.Statement {
        for (key, value) in try node.entries()
        where ["NotAction", "NotResource", "Principal", "NotPrincipal"].contains(key) {
            throw value.failure(
                "is not evaluated by this version; a statement may have Sid, Effect, Action, Resource and Condition")
        }
        let members = try node.members(["Sid", "Effect", "Action", "Resource", "Condition"])
        if let sid = members["Sid"] { _ = try sid.anyText() }
        let actions = try members.required("Action")
        for action in try actions.textOrList() {
            if let problem = AccessAction.problem(in: action) {
                throw actions.failure("has '\(action)', which \(problem)")
            }
        }
        let resources = try members.required("Resource")
        for resource in try resources.textOrList() { try check(resource: resource, of: resources) }
        guard try !actions.textOrList().isEmpty else { throw actions.failure("has no action") }
        guard try !resources.textOrList().isEmpty else { throw resources.failure("has no resource") }
        return PolicyDocument.Statement(
            effect: try members.required("Effect").oneOf(PolicyDocument.Statement.Effect.self),
            actions: try actions.textOrList(), resources: try resources.textOrList(),
            conditions: try members["Condition"].map(conditions) ?? [])
    }

    private static func check(resource: String, of node: ConfigurationNode) throws(CommandFailure) {
        if resource == "*" { return }
        let parts = resource.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", !parts[5].isEmpty else {
            throw node.failure("has '\(resource)', which is neither * nor an ARN")
        }
        try refuseVariables(in: resource, of: node)
        let service = parts[2]
        guard ["codepipeline", "s3", "iam"].contains(service) || service.contains("*") || service.contains("?") else {
            throw node.failure("has '\(resource)', whose service is not here; there are codepipeline, s3 and iam")
        }
    }

    /// Every operator, key and value of `Condition`.
    private static func conditions(_ node: ConfigurationNode) throws(CommandFailure) -> [PolicyCondition] {
        var conditions: [PolicyCondition] = []
        for (name, keys) in try node.entries() {
            guard let operation = PolicyCondition.Operator(rawValue: name) else {
                let known = PolicyCondition.Operator.allCases.map(\.rawValue).joined(separator: ", ")
                throw keys.failure("is not an operator of this version; known here: \(known)")
            }
            for (key, values) in try keys.entries() {
                let texts = try values.textOrList()
                for text in texts { try refuseVariables(in: text, of: values) }
                do {
                    conditions.append(try PolicyCondition(operation, key: key, values: texts))
                } catch {
                    throw values.failure(error.text)
                }
            }
        }
        return conditions
    }

    /// `${aws:username}` and the like would be compared as they stand, and never fit.
    private static func refuseVariables(in text: String, of node: ConfigurationNode) throws(CommandFailure) {
        guard text.firstRange(of: "${") == nil else {
            throw node.failure("has '\(text)'; policy variables are not evaluated by this version")
        }
    }
}
