import AWSProtocol
package import AWSSigning
package import ArgumentParser
import SystemPackage

/// `penstock env`: prints what points other tools at this server.
package struct Env: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Print what points your tools at this server.",
        discussion: """
            Where a server works in the data directory, its addresses are printed, else the defaults. \
            For a shell: eval "$(penstock env)"
            """)

    /// What to print for.
    package enum Tool: String, ExpressibleByArgument, CaseIterable {
        case shell, aws, boto3, terraform, cdk
    }

    enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Option(name: .customLong("for"), help: "What to print for.")
    var tool = Tool.shell

    @Option(help: "The server's data directory ($PENSTOCK_DATA_DIR).")
    var dataDir: String?

    @Option(name: .customLong("endpoint-url"), help: "The API's address, where it is not this machine's server.")
    var endpointURL: String?

    @Option(help: "text, or json: the settings as one object, for any tool.")
    var output = OutputFormat.text

    package init() {}

    package func run() async throws {
        let environment = ProcessEnvironment.variables
        let directory = try FilePath(ServerConfiguration.dataDirectory(flag: dataDir, environment: environment))
        // The server that runs comes before the variable, which is what an earlier run of this command has set.
        let running = Endpoints.read(in: directory)
        var endpoints = running ?? .defaults
        if let api = try Endpoints.given(flag: endpointURL, environment: running == nil ? environment : [:]) {
            endpoints.api = api
        }
        let kept = try RootCredentials.read(in: directory)
        guard let credentials = try ServerConfiguration.rootCredentials(environment: environment) ?? kept else {
            throw CommandFailure(
                .failure, "there are no credentials in \(directory); start the server with: penstock serve")
        }
        let text = ToolSettings(endpoints: endpoints, credentials: credentials)
        switch output {
        case .json: Output.line(text.json)
        case .text: Output.line(text.text(for: tool))
        }
    }
}

/// The settings that each tool needs, in its own form.
package struct ToolSettings {
    package let endpoints: Endpoints
    package let credentials: SigningCredentials

    package init(endpoints: Endpoints, credentials: SigningCredentials) {
        self.endpoints = endpoints
        self.credentials = credentials
    }

    /// The environment variables that every AWS SDK and the AWS CLI read.
    private var variables: [(name: String, value: String)] {
        [
            ("AWS_ENDPOINT_URL_CODEPIPELINE", endpoints.api), ("AWS_ENDPOINT_URL_S3", endpoints.s3),
            ("AWS_ACCESS_KEY_ID", credentials.accessKeyID), ("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey),
            ("AWS_REGION", endpoints.region), ("AWS_DEFAULT_REGION", endpoints.region),
        ]
    }

    package func text(for tool: Env.Tool) -> String {
        switch tool {
        case .shell: shell
        case .aws: aws
        case .boto3: boto3
        case .terraform: terraform
        case .cdk: cdk
        }
    }

    /// The variables as one object, and that S3 is addressed by path.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, value) in variables {
            writer.key(name)
            writer.string(value)
        }
        writer.name("S3ForcePathStyle")
        writer.bool(true)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private var shell: String {
        // A session token of another account's credentials would be sent along.
        let exports = variables.map { "export \($0.name)=\(Self.shellQuoted($0.value))" }
        return (["unset AWS_PROFILE AWS_SESSION_TOKEN"] + exports).joined(separator: "\n")
            + "\n# S3 is addressed by path, which the AWS CLI and boto3 do by themselves for an address without a name."
    }

    private var aws: String {
        """
        # ~/.aws/config
        [profile penstock]
        region = \(endpoints.region)
        services = penstock
        s3 =
          addressing_style = path

        [services penstock]
        codepipeline =
          endpoint_url = \(endpoints.api)
        s3 =
          endpoint_url = \(endpoints.s3)

        # ~/.aws/credentials
        [penstock]
        aws_access_key_id = \(credentials.accessKeyID)
        aws_secret_access_key = \(credentials.secretAccessKey)

        # then: aws --profile penstock codepipeline list-pipelines
        """
    }

    private var boto3: String {
        """
        import boto3
        from botocore.config import Config

        session = boto3.Session(
            aws_access_key_id=\(Self.quoted(credentials.accessKeyID)),
            aws_secret_access_key=\(Self.quoted(credentials.secretAccessKey)),
            region_name=\(Self.quoted(endpoints.region)),
        )
        codepipeline = session.client("codepipeline", endpoint_url=\(Self.quoted(endpoints.api)))
        s3 = session.client(
            "s3", endpoint_url=\(Self.quoted(endpoints.s3)), config=Config(s3={"addressing_style": "path"})
        )
        """
    }

    private var terraform: String {
        """
        provider "aws" {
          region                      = \(Self.quoted(endpoints.region))
          access_key                  = \(Self.quoted(credentials.accessKeyID))
          secret_key                  = \(Self.quoted(credentials.secretAccessKey))
          s3_use_path_style           = true
          skip_credentials_validation = true
          skip_metadata_api_check     = true
          skip_region_validation      = true
          skip_requesting_account_id  = true

          endpoints {
            codepipeline = \(Self.quoted(endpoints.api))
            s3           = \(Self.quoted(endpoints.s3))
          }
        }
        """
    }

    private var cdk: String {
        """
        # Penstock has no CloudFormation: let the CDK write its templates here, and give the pipelines that are in them
        # to the API yourself (aws codepipeline create-pipeline).
        \(shell)
        export CDK_DEFAULT_REGION=\(Self.shellQuoted(endpoints.region))
        # cdk synth
        """
    }

    static func shellQuoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }

    /// A string of Python and of Terraform: JSON's escapes are understood by both, and `${` is Terraform's own.
    private static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
