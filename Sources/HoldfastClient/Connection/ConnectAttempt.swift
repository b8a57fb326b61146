import CLinux
import Glibc
import HoldfastTransport

/// One attempt to reach the server: addresses one after the other, TCP, the TLS handshake, ALPN. Never blocks. Belongs
/// to the loop's thread, like all that it makes.
final class ConnectAttempt {
    /// How far it is.
    enum Progress {
        case pending
        /// Take the session and the descriptor.
        case open
        case failed(ConnectFailure)
    }

    private enum Step {
        case dns, tcp, tls, finished
    }

    private let configuration: ClientConfiguration
    private let context: TLSContext
    private let startNanoseconds: UInt64
    /// The attempt fails then, whatever it is doing.
    let deadlineNanoseconds: UInt64
    private var step = Step.dns
    private var addresses: [ResolvedAddress] = []
    private var addressIndex = 0
    private var addressDeadlineNanoseconds = UInt64.max
    private var lastAddressFailure: String?
    private(set) var descriptor: Int32 = -1
    private var session: TLSSession?
    private var waitsForOutput = false

    init(configuration: ClientConfiguration, context: TLSContext, now: UInt64) {
        self.configuration = configuration
        self.context = context
        self.startNanoseconds = now
        self.deadlineNanoseconds = now + configuration.connectTimeout.nanosecondsClamped
    }

    deinit {
        self.abandonSocket()
    }

    /// When `check` must be called even if nothing happens.
    var nextWakeNanoseconds: UInt64 {
        min(self.deadlineNanoseconds, self.addressDeadlineNanoseconds)
    }

    /// What to poll the descriptor for.
    var pollEvents: Int16 { Int16(self.waitsForOutput ? POLLOUT : POLLIN) }

    /// The finished connection. Once.
    func takeSession() -> TLSSession {
        precondition(self.step == .finished, "there is no session yet")
        return self.session.take()!
    }

    /// The finished connection's descriptor, now the caller's to close. Once.
    func takeDescriptor() -> Int32 {
        defer { self.descriptor = -1 }
        return self.descriptor
    }

    /// The name was looked up.
    func resolved(_ result: ResolveResult, now: UInt64) -> Progress {
        precondition(self.step == .dns, "resolved twice")
        let host = self.configuration.host
        switch result {
        case .unknownName(let text):
            return .failed(
                ConnectFailure(
                    .connect(
                        .dns, "the host \"\(host)\" is not known: \(text)",
                        hint: "check the spelling of the endpoint"), isFinal: true))
        case .failed(let text):
            return .failed(
                ConnectFailure(
                    .connect(
                        .dns, "the host \"\(host)\" could not be looked up: \(text)",
                        hint: "check this machine's name service, or give an address"),
                    isFinal: false))
        case .addresses(let addresses):
            self.addresses = addresses
            self.step = .tcp
            return self.connectNext(now: now)
        }
    }

    /// The descriptor is ready, or a wake time has come.
    func check(isReady: Bool, now: UInt64) -> Progress {
        if now >= self.deadlineNanoseconds { return .failed(self.timeout()) }
        switch self.step {
        case .dns, .finished:
            return .pending
        case .tcp:
            if isReady { return self.finishTCP(now: now) }
            guard now >= self.addressDeadlineNanoseconds else { return .pending }
            self.lastAddressFailure = "\(self.addressText) gives no answer"
            return self.connectNext(now: now)
        case .tls:
            return isReady ? self.handshake() : .pending
        }
    }

    private var addressText: String {
        self.addressIndex > 0 ? self.addresses[self.addressIndex - 1].text : "?"
    }

    /// Starts on the next address. Each gets an equal share of the time that is left.
    private func connectNext(now: UInt64) -> Progress {
        self.abandonSocket()
        while self.addressIndex < self.addresses.count {
            let address = self.addresses[self.addressIndex]
            self.addressIndex += 1
            let type =
                Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
                | Int32(SOCK_CLOEXEC.rawValue)
            self.descriptor = socket(address.family, type, 0)
            guard self.descriptor >= 0 else {
                self.lastAddressFailure = "no socket: \(String(cString: strerror(errno)))"
                continue
            }
            var isOn: Int32 = 1
            setsockopt(
                self.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn,
                socklen_t(MemoryLayout<Int32>.size))
            let result = address.bytes.withUnsafeBytes {
                connect(
                    self.descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self),
                    socklen_t($0.count))
            }
            if result == 0 { return self.finishTCP(now: now) }
            if errno == EINPROGRESS {
                let shareCount = UInt64(self.addresses.count - self.addressIndex + 1)
                self.addressDeadlineNanoseconds =
                    now + (self.deadlineNanoseconds - min(now, self.deadlineNanoseconds))
                    / shareCount
                self.waitsForOutput = true
                return .pending
            }
            self.lastAddressFailure = Self.words(errno, address.text)
            self.abandonSocket()
        }
        let reason = self.lastAddressFailure ?? "no address"
        return .failed(
            ConnectFailure(
                .connect(
                    .tcp, "cannot connect to \(self.configuration.endpoint): \(reason)",
                    hint: "check that the server runs and that the endpoint is right"),
                isFinal: false))
    }

    private func finishTCP(now: UInt64) -> Progress {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(self.descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        guard code == 0 else {
            self.lastAddressFailure = Self.words(code, self.addressText)
            return self.connectNext(now: now)
        }
        self.addressDeadlineNanoseconds = .max
        do throws(TransportError) {
            self.session = try TLSSession(
                context: self.context, fd: self.descriptor, isServer: false,
                serverName: self.configuration.serverName ?? self.configuration.host)
        } catch {
            return .failed(
                ConnectFailure(
                    .connect(.configuration, error.message, hint: error.hint), isFinal: true))
        }
        self.step = .tls
        return self.handshake()
    }

    private func handshake() -> Progress {
        let result = self.session!.handshake()
        switch result {
        case .wantRead:
            self.waitsForOutput = false
            return .pending
        case .wantWrite:
            self.waitsForOutput = true
            return .pending
        case .failed(let failure):
            return .failed(TLSHints.connectFailure(failure, self.configuration))
        case .closed:
            return .failed(
                ConnectFailure(
                    .connect(.tls, "the server ended the TLS handshake"), isFinal: false))
        case .bytes:
            let alpn = self.session?.negotiatedALPN
            guard alpn == ProtocolNames.alpn else {
                return .failed(
                    ConnectFailure(
                        .connect(
                            .alpn,
                            "\(self.configuration.endpoint) did not agree on \(ProtocolNames.alpn)",
                            hint: "it speaks TLS, but not as a Holdfast server: check the port"),
                        isFinal: true))
            }
            self.step = .finished
            return .open
        }
    }

    /// What it waits for in vain.
    func timeout() -> ConnectFailure {
        let endpoint = self.configuration.endpoint
        let milliseconds = self.configuration.connectTimeout.nanosecondsClamped / 1_000_000
        switch self.step {
        case .dns:
            return ConnectFailure(
                .connect(
                    .dns, "no address for \"\(self.configuration.host)\" within \(milliseconds) ms",
                    hint: "check this machine's name service, or give an address"), isFinal: false)
        case .tcp:
            return ConnectFailure(
                .connect(
                    .tcp, "no connection to \(endpoint) within \(milliseconds) ms",
                    hint: "check the endpoint and the firewalls on the way"), isFinal: false)
        case .tls, .finished:
            return ConnectFailure(
                .connect(
                    .tls,
                    "no answer to the TLS handshake from \(endpoint) within \(milliseconds) ms",
                    hint: "check that the port speaks TLS"), isFinal: false)
        }
    }

    private func abandonSocket() {
        self.session = nil
        if self.descriptor >= 0 { close(self.descriptor) }
        self.descriptor = -1
    }

    private static func words(_ code: Int32, _ address: String) -> String {
        "\(address): \(String(cString: strerror(code)))"
    }
}

/// Why there is no connection, and whether trying again soon can help.
struct ConnectFailure {
    let error: HoldfastError
    let isFinal: Bool

    init(_ error: HoldfastError, isFinal: Bool) {
        self.error = error
        self.isFinal = isFinal
    }
}

/// Names of the protocol.
enum ProtocolNames {
    static let alpn = "holdfast/1"
}
