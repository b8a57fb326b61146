internal import HoldfastAdmission
internal import HoldfastEngine
internal import HoldfastTransport
internal import HoldfastWire

/// What the server keeps of one connection. Owner: the connection's reactor.
final class ConnectionContext {
    /// Nil once the connection is gone: calls that were read are still executed, their answers have nowhere to go.
    var connection: Connection? {
        didSet { self.link = self.connection.map { Unmanaged.passUnretained($0) } }
    }
    /// The same for the path of an answer, which need not hold on to the connection: the reactor does, to the turn's end.
    private(set) var link: Unmanaged<Connection>?
    let listener: ListenerKind
    let role: Role
    /// The caller's URI, empty without a certificate.
    let caller: String
    /// One bit a method of this port, number modulo 64: what this caller may call.
    let allowedMethods: UInt64
    /// A gateway must say whose address it calls for; an anonymous caller's is its socket's (RULES 2).
    let needsClientIP: Bool
    /// Of an anonymous gateway: where its calls come from, whatever they say.
    let anonymousAddress: NetworkAddress?
    /// Behind a pointer: see `RequestPipeline.arenas`.
    let session: UnsafeMutablePointer<ProtocolSession>
    /// The client broke the protocol: nothing more is read; GOAWAY follows the answers of this turn.
    var violation: Violation?
    /// Position in the pipeline's list of open connections.
    var index = 0
    var isLeaving = false
    /// Reasons of refused calls that have had their line in the log. The reasons are our own words, so they are few.
    var loggedReasons: Set<String> = []
    /// Runs of answers that wait for the journal. While above 0 the pipeline keeps the context.
    var heldCount = 0
    /// Calls that wait for a lease, by call id.
    var waitingTickets: [UInt32: (shard: Int, ticket: UInt64)] = [:]

    init(
        connection: Connection, listener: ListenerKind, role: Role, caller: String,
        limits: SessionLimits
    ) {
        self.connection = connection
        self.link = Unmanaged.passUnretained(connection)
        self.listener = listener
        self.role = role
        self.caller = caller
        self.needsClientIP = role == .gateway && !caller.isEmpty
        let isAnonymousGateway = role == .gateway && caller.isEmpty
        self.anonymousAddress =
            isAnonymousGateway ? NetworkAddress(connection.remoteAddress) : nil
        self.session = .allocate(capacity: 1)
        self.session.initialize(to: ProtocolSession(limits: limits))
        var allowed: UInt64 = 0
        for method in Method.allCases
        where RoleTable.isServed(method, on: listener) && RoleTable.allows(role, method) {
            allowed |= 1 << UInt64(method.rawValue & 63)
        }
        self.allowedMethods = allowed
    }

    deinit {
        self.session.deinitialize(count: 1)
        self.session.deallocate()
    }

    /// A call that the session counted as in flight is over.
    @inline(__always)
    func callEnded() { self.callsEnded(1) }

    /// The same for several of them.
    @inline(__always)
    func callsEnded(_ count: Int) {
        self.session.pointee.callsEnded(count)
        self.link?._withUnsafeGuaranteedRef { $0.hold -= count }
    }

    /// The hot form of the role table.
    @inline(__always)
    func allows(_ method: Method) -> Bool {
        let number = method.rawValue
        return number &>> 6 == UInt16(truncatingIfNeeded: self.listener.rawValue)
            && self.allowedMethods &>> UInt64(number & 63) & 1 != 0
    }
}

extension NetworkAddress {
    /// The transport's address as admission counts it: both keep IPv4 in its mapped form.
    fileprivate init(_ address: IPAddress) {
        self.init(bits: UInt128(address.high) << 64 | UInt128(address.low))
    }
}
