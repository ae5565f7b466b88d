import AWSSigning
import Glibc
import PenstockCommands
import SystemPackage
import Testing

@Suite("The data directory")
struct DataDirectoryTests {
    private func mode(_ path: FilePath) -> mode_t {
        var status = stat()
        return stat(path.string, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    private func write(_ text: String, to path: FilePath, mode: mode_t = 0o600) throws {
        let file = try FileDescriptor.open(
            path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
        try file.closeAfter { _ = try file.writeAll(Array(text.utf8)) }
        chmod(path.string, mode)
    }

    @Test("The directory is made for its owner only, and a second server is told who holds it since when")
    func hold() throws {
        try withTemporaryDirectory { parent in
            let path = parent.appending("a").appending("data")
            let held = try DataDirectory.open(path, now: 1_795_312_800_123)
            #expect(held.path == path)
            #expect(mode(path) == 0o700)
            #expect(mode(path.appending("lock")) == 0o600)
            #expect(
                throws: CommandFailure(
                    .failure,
                    "another server (pid \(getpid()), started 2026-11-22T02:00:00.123Z) works in the data directory "
                        + "\(path); stop it, or give another --data-dir")
            ) { try DataDirectory.open(path, now: 0) }
        }
    }

    @Test("A path that is no directory is named")
    func noDirectory() throws {
        try withTemporaryDirectory { parent in
            let path = parent.appending("file")
            try write("x", to: path)
            #expect(throws: CommandFailure(.failure, "the data directory \(path) is not a directory")) {
                try DataDirectory.open(path, now: 0)
            }
        }
    }

    @Test("Root credentials are made once, in the format of AWS's tools, for the owner only")
    func credentials() throws {
        try withTemporaryDirectory { directory in
            var generator = SystemRandomNumberGenerator()
            let made = try RootCredentials.settle(in: directory, given: nil, generator: &generator)
            #expect(made.accessKeyID.hasPrefix("PENSTOCK") && made.accessKeyID.utf8.count == 20)
            #expect(made.secretAccessKey.utf8.count == 40)
            #expect(mode(directory.appending("credentials")) == 0o600)
            #expect(try RootCredentials.settle(in: directory, given: nil, generator: &generator) == made)
            let given = SigningCredentials(accessKeyID: "GIVEN", secretAccessKey: "given-secret")
            #expect(try RootCredentials.settle(in: directory, given: given, generator: &generator) == given)
            #expect(try RootCredentials.read(in: directory) == given)
        }
    }

    @Test("Credentials that others may read, or that are damaged, are refused with the next step")
    func badCredentials() throws {
        try withTemporaryDirectory { directory in
            let path = directory.appending("credentials")
            try write("[default]\naws_access_key_id=A\naws_secret_access_key=secretsecret\n", to: path, mode: 0o644)
            #expect(throws: CommandFailure(.failure, "\(path) is open to other users; run: chmod 600 \(path)")) {
                try RootCredentials.read(in: directory)
            }
            try write("[other]\naws_access_key_id=A\naws_secret_access_key=secretsecret\n", to: path)
            #expect(throws: CommandFailure.self) { try RootCredentials.read(in: directory) }
        }
    }

    @Test("The key for secrets is 32 bytes, made once, and never replaced when it is damaged")
    func secretKey() throws {
        try withTemporaryDirectory { directory in
            var generator = SystemRandomNumberGenerator()
            let key = try SecretKey.settle(in: directory, generator: &generator)
            #expect(key.count == 32)
            #expect(mode(directory.appending("secret.key")) == 0o600)
            #expect(try SecretKey.settle(in: directory, generator: &generator) == key)
            try write("short", to: directory.appending("secret.key"))
            #expect(
                throws: CommandFailure(
                    .failure, "\(directory.appending("secret.key")) has 5 bytes instead of 32; restore it")
            ) { try SecretKey.settle(in: directory, generator: &generator) }
        }
    }

    @Test("Endpoints are found while a server holds the directory, and not after it")
    func endpoints() throws {
        try withTemporaryDirectory { directory in
            let endpoints = Endpoints(api: "http://127.0.0.1:1", s3: "http://127.0.0.1:2", region: "eu-west-1")
            try endpoints.write(in: directory)
            // Left over by a server that was killed.
            #expect(Endpoints.read(in: directory) == nil)
            _ = try DataDirectory.open(directory, now: 0)
            #expect(Endpoints.read(in: directory) == endpoints)
            Endpoints.remove(in: directory)
            #expect(Endpoints.read(in: directory) == nil)
        }
    }

    @Test("An address is written as a URL that can be connected to")
    func urls() {
        #expect(Endpoints.url(host: "127.0.0.1", port: 8470, isTLS: false) == "http://127.0.0.1:8470")
        #expect(Endpoints.url(host: "::1", port: 1, isTLS: true) == "https://[::1]:1")
        #expect(Endpoints.url(host: "0.0.0.0", port: 1, isTLS: false) == "http://127.0.0.1:1")
        #expect(Endpoints.url(host: "::", port: 1, isTLS: false) == "http://[::1]:1")
        #expect(
            Endpoints.url(host: "pipelines.example.com", port: 443, isTLS: true) == "https://pipelines.example.com:443")
    }
}
