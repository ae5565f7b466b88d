/// The shell programs that run inside the sandbox. All are files; nothing from people is part of their text.
enum BuildDriver {
    /// Reads lines `SHELL SCRIPT` on standard input, runs each, and marks on standard output where one ended, and how:
    /// in one stream with the output, so that the order is certain. The mark holds a token, the first line read.
    static let program = #"""
        [ "$1" = - ] || ulimit -d "$1" || exit 125
        [ "$2" = - ] || ulimit -p "$2" 2>/dev/null || ulimit -u "$2" || exit 125
        ulimit -c 0
        exec 8<&0 0</dev/null 2>&1
        read -r token <&8
        printf '\001%s 0\n' "$token"
        while read -r shell script <&8; do
            "$shell" "$script" 8<&-
            printf '\001%s %s\n' "$token" "$?"
        done

        """#

    /// The frame around one command.
    ///
    /// - Parameters:
    ///   - command: path of the file with the command's text, as the build sees it.
    ///   - isSucceeding: what `CODEBUILD_BUILD_SUCCEEDING` says.
    static func frame(
        command: String, spec: Buildspec, workspace: BuildWorkspace, isSucceeding: Bool
    ) -> String {
        let quote = BuildEnvironment.quoted
        let state = quote(workspace.outputInside + "/tmp/state")
        let place = quote(workspace.outputInside + "/tmp/folder")
        let begin = """
            . \(quote(workspace.readonlyInside + "/environment"))
            cd -- \(quote(workspace.sourceInside())) || exit 1

            """
        let succeeding = "export CODEBUILD_BUILD_SUCCEEDING=\(isSucceeding ? 1 : 0)\n"
        guard spec.version == .second else { return begin + succeeding + ". \(quote(command))\n" }
        // Everything that the command sets is exported (set -a), and so found again by the next one. A value that is too
        // long for the environment of a program keeps every program from starting: from there on the shell does all
        // itself. The state's last line tells that it is whole.
        // Functions and aliases of the build's may have these names.
        let functions = spec.shell == .bash ? " && command export -pf >> \(state)" : ""
        return """
            if [ -f \(state) ]; then
            set -- "$(command cat \(place))"
            . \(state)
            if [ "$2" != kept ] || [ -z "$1" ]; then
            command echo '[build] the variables and the folder of the commands before are lost, because they could not be kept'
            exit 1
            fi
            command cd -- "$1" > /dev/null || exit 1
            set --
            else
            \(begin)fi
            \(succeeding)set -a
            . \(quote(command))
            set -- "$?"
            set +a
            if ! { command pwd >| \(place) && command export -p >| \(state)\(functions) &&
            command echo 'set -- "$1" kept' >> \(state); }; then
            command echo '[build] the variables and the folder could not be kept for the next command: see the line before'
            exit 1
            fi
            exit "$1"

            """
    }

    /// Writes the values of variables that are set, as `NAME=value`, each ended by a NUL.
    static func exporting(_ names: [String], to file: String) -> String {
        let lines = names.map { "[ -z \"${\($0)+x}\" ] || printf '\($0)=%s\\0' \"${\($0)}\"\n" }
        return "{\n" + lines.joined() + "} > " + BuildEnvironment.quoted(file) + "\n"
    }
}
