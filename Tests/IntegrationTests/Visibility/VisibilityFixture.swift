import Foundation
import HoldfastClient
import HoldfastServer
import Logging
import Synchronization

/// A server in this process over a log that is moved by hand, and raw connections to it.
final class VisibilityFixture {
    let log: ManualLog
    private let server: Server
    private let bound: BoundAddresses
    private let identity: RawIdentity
    private let directory: URL
    private let place: DevelopmentDirectory

    /// Where a tool finds this server and who it is, as role admin.
    var environment: [String: String] {
        [
            "HOLDFAST_STOCK_ENDPOINT": "127.0.0.1:\(self.bound.stockPort)",
            "HOLDFAST_ADMIN_ENDPOINT": "127.0.0.1:\(self.bound.adminPort)",
            "HOLDFAST_CA": self.place.certificateFile(of: "ca"),
            "HOLDFAST_CERTIFICATE": self.place.certificateFile(of: "admin"),
            "HOLDFAST_KEY": self.place.keyFile(of: "admin"), "HOLDFAST_TIMEOUT_MS": "20000",
        ]
    }

    /// - Parameter flags: settings behind those that every fixture has.
    init(flags: [String] = ["--admission-mode", "off"]) throws {
        self.directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("holdfast-test-\(UUID().uuidString)")
        self.place = DevelopmentDirectory(path: self.directory.path)
        _ = try self.place.populate(nowMilliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        let configuration = try ServerConfiguration.load(
            file: self.place.configurationFile,
            flags: [
                "--stock-port", "0", "--admin-port", "0", "--shards", "4", "--reactors", "2",
                "--data-sales", "",
            ] + flags)
        self.server = try Server(
            configuration: configuration,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let made = Mutex<ManualLog?>(nil)
        self.bound = try self.server.start(events: { waiters in
            let log = ManualLog(waiters: waiters)
            made.withLock { $0 = log }
            return log
        })
        self.log = made.withLock { $0! }
        self.identity = RawIdentity(
            files: (
                self.place.certificateFile(of: "admin"), self.place.keyFile(of: "admin")
            ))
    }

    deinit {
        self.log.release()
        self.server.drain()
        self.server.stop()
        try? FileManager.default.removeItem(at: self.directory)
    }

    /// A connection that has read its HELLO.
    func connect(_ port: VisibilityRow.Port) throws -> Peer {
        let client = try RawClient(
            port: port == .stock ? self.bound.stockPort : self.bound.adminPort, self.identity)
        guard case .frame(let hello) = client.next(), hello.kind == RawFrame.hello else {
            throw TestServer.Failure(description: "no HELLO")
        }
        return Peer(client)
    }

    func load(_ sale: Sale) async throws {
        let admin = try HoldfastClient(
            configuration: ClientConfiguration(
                host: "127.0.0.1", port: self.bound.adminPort,
                certificateAuthorityFile: self.place.certificateFile(of: "ca"),
                certificateFile: self.place.certificateFile(of: "admin"),
                privateKeyFile: self.place.keyFile(of: "admin")))
        for request in ImportPlan(sale, importID: RequestID(), validateOnly: false).requests {
            _ = try await admin.preload(request)
        }
        await admin.close()
    }

    /// An administrator's client of the stock port, that asks once.
    func client() throws -> HoldfastClient {
        try HoldfastClient(
            configuration: ClientConfiguration(
                host: "127.0.0.1", port: self.bound.stockPort,
                certificateAuthorityFile: self.place.certificateFile(of: "ca"),
                certificateFile: self.place.certificateFile(of: "admin"),
                privateKeyFile: self.place.keyFile(of: "admin"),
                retryPolicy: RetryPolicy(attemptsMax: 1, resolvesLostAnswers: false)))
    }

    /// A raw connection with its call ids.
    final class Peer {
        let client: RawClient
        private var lastCallID: UInt32 = 0

        init(_ client: RawClient) { self.client = client }

        /// Sends a call and returns its id.
        func send(_ step: VisibilityRow.Step) -> UInt32 {
            self.lastCallID += 1
            self.client.send(
                RawFrame.call(self.lastCallID, method: step.method, step.body).bytes())
            return self.lastCallID
        }

        /// The next RESPONSE.
        func answer() throws -> RawFrame {
            while true {
                switch self.client.next() {
                case .frame(let frame) where frame.kind == RawFrame.response: return frame
                case .frame: continue
                case .closed: throw TestServer.Failure(description: "closed")
                case .alert(let alert): throw TestServer.Failure(description: "alert \(alert)")
                case .failed(let why): throw TestServer.Failure(description: why)
                }
            }
        }

        /// The port's call that is always answered at once, behind whatever was sent before: its answer says that
        /// those have been executed.
        func barrier(_ port: VisibilityRow.Port) -> UInt32 {
            self.send(port == .stock ? .ping : .serverInfo)
        }
    }
}
