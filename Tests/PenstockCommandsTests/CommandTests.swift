import AWSSigning
import PenstockCommands
import Testing

@Suite("The command penstock")
struct CommandTests {
    @Test(
        "A wrong flag, verb or value ends with 64",
        arguments: [
            ["serve", "--bogus"], ["bogus"], ["serve", "--port", "x"], ["serve", "--port", "65536"],
            ["serve", "--s3-port", "-1"], ["env", "--for", "nothing"],
            ["serve", "--config", "/nonexistent/penstock.yaml"],
            ["serve", "--database", "postgres://db/penstock"], ["serve", "--host", "0.0.0.0"], ["serve", "extra"],
            ["env", "--endpoint-url", "ftp://x"], ["env", "--endpoint-url", ""], ["env", "--endpoint-url", "http://"],
        ])
    func usage(_ arguments: [String]) async {
        #expect(await Penstock.run(arguments) == 64)
    }

    @Test("The version and the help end with 0", arguments: [["--version"], ["--help"], ["serve", "--help"], []])
    func help(_ arguments: [String]) async {
        #expect(await Penstock.run(arguments) == 0)
    }

    private let settings = ToolSettings(
        endpoints: Endpoints(api: "http://127.0.0.1:8470", s3: "http://127.0.0.1:8471", region: "us-east-1"),
        credentials: SigningCredentials(accessKeyID: "KEY", secretAccessKey: "it's+a/secret"))

    @Test("For a shell, the settings are exports that a secret with a quote survives")
    func shell() {
        #expect(
            settings.text(for: .shell).hasPrefix(
                #"""
                unset AWS_PROFILE AWS_SESSION_TOKEN
                export AWS_ENDPOINT_URL_CODEPIPELINE='http://127.0.0.1:8470'
                export AWS_ENDPOINT_URL_S3='http://127.0.0.1:8471'
                export AWS_ACCESS_KEY_ID='KEY'
                export AWS_SECRET_ACCESS_KEY='it'\''s+a/secret'
                export AWS_REGION='us-east-1'
                export AWS_DEFAULT_REGION='us-east-1'
                """#))
    }

    @Test("Each tool's form has both addresses and both keys")
    func tools() {
        for tool in [Env.Tool.aws, .boto3, .terraform, .cdk] {
            let text = settings.text(for: tool)
            for part in ["http://127.0.0.1:8470", "http://127.0.0.1:8471", "KEY", "us-east-1"] {
                #expect(text.contains(part))
            }
        }
        #expect(settings.text(for: .terraform).contains("s3_use_path_style           = true"))
        #expect(settings.json.contains(#""AWS_SECRET_ACCESS_KEY":"it's+a/secret""#))
    }

    @Test("A log record is one line, whatever its text holds")
    func logLines() {
        #expect(LogLine.escaped("a\r\nb\u{1B}[2J\t\u{2028}é") == #"a\r\nb\u{1b}[2J\t\u{2028}é"#)
        #expect(LogLine.escaped("plain é") == "plain é")
        #expect(LogLine.timestamp(1_795_312_800_007) == "2026-11-22T02:00:00.007Z")
    }
}
