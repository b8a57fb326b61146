import Glibc
import HoldfastEngine
import HoldfastJournal
import Logging
import Testing

@testable import HoldfastServer

@Suite(.serialized) struct ServerTests {
    private let folder = TemporaryDirectory()

    private func configuration(
        flags: [String] = [], yaml: String? = nil
    ) throws -> ServerConfiguration {
        let place = DevelopmentDirectory(path: self.folder.path)
        _ = try place.populate(nowMilliseconds: Int64(time(nil)) * 1_000)
        return try ServerConfiguration.load(
            file: place.configurationFile,
            flags: [
                "--stock-port", "0", "--admin-port", "0", "--shards", "4",
                "--journal-segment-bytes", "65536", "--data-directory",
                "\(self.folder.path)/data-\(SystemRandomNumberGenerator.number())",
            ] + flags)
    }

    private static let silence = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func failure(of configuration: ServerConfiguration) -> StartupFailure? {
        do throws(StartupFailure) {
            let server = try Server(configuration: configuration, log: Self.silence)
            _ = try server.start()
            server.stop()
            return nil
        } catch {
            return error
        }
    }

    @Test func aServerStartsWithItsSaleAndStopsInTime() throws {
        let server = try Server(configuration: self.configuration(), log: Self.silence)
        let bound = try server.start()
        #expect(bound.stockPort != 0 && bound.adminPort != 0 && bound.stockPort != bound.adminPort)
        #expect(server.shardCounts.sales == 1)
        #expect(server.shardCounts.events > 0)
        #expect(server.checkInvariants() == [])
        let begin = time(nil)
        server.drain()
        server.stop()
        server.stop()
        #expect(time(nil) - begin <= 5)
    }

    @Test func theAnnouncementIsOneLineOfJSON() {
        let bound = BoundAddresses(
            stockHost: "127.0.0.1", stockPort: 7443, adminHost: "::1", adminPort: 7444)
        #expect(
            bound.announcement
                == "{\"event\":\"listening\",\"stock\":\"127.0.0.1:7443\",\"admin\":\"[::1]:7444\","
                + "\"pid\":\(getpid()),\"version\":\"\(HoldfastVersion.number)\"}")
    }

    @Test func twoServersInOneProcessDoNotShareState() throws {
        let first = try Server(configuration: self.configuration(), log: Self.silence)
        let second = try Server(
            configuration: self.configuration(flags: ["--data-sales", ""]), log: Self.silence)
        _ = try first.start()
        _ = try second.start()
        #expect(first.shardCounts.sales == 1)
        #expect(second.shardCounts.sales == 0)
        first.stop()
        second.stop()
    }

    @Test func aPortInUseIsUnavailableAndNamed() throws {
        let first = try Server(configuration: self.configuration(), log: Self.silence)
        let bound = try first.start()
        var configuration = try self.configuration()
        configuration.adminPort = bound.adminPort
        let failure = self.failure(of: configuration)
        first.stop()
        #expect(failure?.status == .unavailable)
        #expect(failure?.message.contains("\(bound.adminPort)") == true)
        #expect(failure?.message.contains("\n") == false)
    }

    @Test func aBadCertificateIsAConfigurationErrorThatNamesTheFile() throws {
        let place = DevelopmentDirectory(path: self.folder.path)
        var configuration = try self.configuration()
        let key = try PrivateKey.generate()
        let old = try Certificate.issue(
            Certificate.Profile(
                commonName: "old", alternativeNames: ["DNS:localhost"], isCA: false,
                extendedUsages: ["serverAuth"], validDays: -1),
            key: key, issuer: nil)
        let certificateFile = "\(self.folder.path)/old.pem"
        let keyFile = "\(self.folder.path)/old.key"
        try TextFile.create(certificateFile, text: old.pem(), mode: 0o600)
        try TextFile.create(keyFile, text: key.pem(), mode: 0o600)

        configuration.certificateFile = certificateFile
        configuration.privateKeyFile = keyFile
        let expired = self.failure(of: configuration)
        #expect(expired?.status == .configuration)
        #expect(expired?.message.contains("expired") == true)
        #expect(expired?.message.contains(certificateFile) == true)

        configuration.certificateFile = place.certificateFile(of: "server")
        let mismatch = self.failure(of: configuration)
        #expect(mismatch?.status == .configuration)
        #expect(mismatch?.message.contains(keyFile) == true)

        configuration.privateKeyFile = "\(self.folder.path)/missing.key"
        let missing = self.failure(of: configuration)
        #expect(missing?.status == .configuration)
        #expect(missing?.message.contains("missing.key") == true)
        for failure in [expired, mismatch, missing] {
            #expect(failure?.message.contains("\n") == false)
        }
    }

    @Test func aBadSaleFileStopsTheStart() throws {
        let path = "\(self.folder.path)/broken.json"
        try TextFile.create(path, text: "{\"sale_id\": 1}", mode: 0o600)
        let broken = self.failure(of: try self.configuration(flags: ["--data-sales", path]))
        #expect(broken?.status == .data)
        let missing = self.failure(
            of: try self.configuration(flags: ["--data-sales", "\(path).not"]))
        #expect(missing?.status == .noInput)
    }

    @Test func checkingBindsNothing() throws {
        let first = try Server(configuration: self.configuration(), log: Self.silence)
        let bound = try first.start()
        var configuration = try self.configuration()
        configuration.stockPort = bound.stockPort
        try Server.check(configuration, log: Self.silence)
        first.stop()
    }
}

extension SystemRandomNumberGenerator {
    /// Each server of a test has a data directory of its own.
    fileprivate static func number() -> UInt64 {
        var source = SystemRandomNumberGenerator()
        return source.next()
    }
}
