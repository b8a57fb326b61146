internal import CHoldfastProto
internal import CProtobufC
package import HoldfastEngine

/// Method + body → command, in the arena. Reserve has a hand-written decoder; what that does not know by heart,
/// and every other method, takes the slow path: pre-scan, protobuf-c into the arena, checks, conversion.
package struct RequestDecoder {
    /// Judges a REQUEST's body. Starts a new call in the arena.
    package static func decode(
        method: Method, body: UnsafeRawBufferPointer, hasMetadata: Bool, arena: inout Arena
    ) -> Decoded {
        arena.beginCall()
        var message = body
        if hasMetadata {
            switch Self.splitMetadata(body) {
            case .message(let rest): message = rest
            case .bad(let status): return .invalid(status)
            }
        }
        if method == .reserve, let command = arena.allocateArray(ReserveCommand.self, count: 1) {
            command.initialize(to: Self.blankReserve())
            var client = ClientInfo()
            if ReserveFastDecoder.decode(
                message, into: &command.pointee, client: &client, arena: &arena)
            {
                return .engine(.reserve(command), client)
            }
        }
        return Self.decodeSlowly(method: method, message: message, arena: &arena)
    }

    /// The slow path alone: what the fast decoder is compared with.
    package static func decodeSlowly(
        method: Method, message: UnsafeRawBufferPointer, arena: inout Arena
    ) -> Decoded {
        guard let descriptor = Descriptors.request(of: method) else {
            return .unimplemented(.methodNotAvailable(method))
        }
        let fieldsMax = PreScan.fieldsMax(of: method)
        if let fault = PreScan.check(message, descriptor: descriptor, fieldsMax: fieldsMax) {
            return .invalid(.bodyMalformed(fault, method: method, fieldsMax: fieldsMax))
        }
        guard let unpacked = Self.unpack(message, descriptor: descriptor, arena: &arena) else {
            return .invalid(.bodyTooBig(method: method))
        }
        let raw = UnsafeRawPointer(unpacked)
        var check = FieldCheck()
        let decoded = Self.convert(method, raw, check: &check, arena: &arena)
        guard check.isClean else { return .invalid(.fieldsInvalid(check.violations)) }
        guard let decoded else { return .invalid(.bodyTooBig(method: method)) }
        return decoded
    }

    /// The hot path without the copies that `Decoded` costs: a Reserve without metadata, straight into a call.
    /// False: not known by heart, ask `decode`; what the pointers hold is then of no use.
    package static func decodeReserve(
        _ message: UnsafeRawBufferPointer, into call: UnsafeMutablePointer<Call>,
        client: UnsafeMutablePointer<ClientInfo>, arena: inout Arena
    ) -> Bool {
        arena.beginCall()
        guard let command = arena.allocateArray(ReserveCommand.self, count: 1) else { return false }
        command.initialize(to: Self.blankReserve())
        client.initialize(to: ClientInfo())
        guard
            ReserveFastDecoder.decode(
                message, into: &command.pointee, client: &client.pointee, arena: &arena)
        else { return false }
        Call.initialize(call, reserve: command)
        return true
    }

    /// The message's fields with their defaults. `results` is replaced before anyone sees it.
    @inline(__always)
    private static func blankReserve() -> ReserveCommand {
        ReserveCommand(
            requestID: RequestID(first: 0, second: 0), saleID: .empty, userID: .empty,
            lines: LineRequests(start: nil, count: 0), holdMilliseconds: 0, allowPartial: false,
            verdict: .allow, orderReference: .empty, results: Self.noResults)
    }

    private nonisolated(unsafe) static let noResults = LineResults.allocate(capacity: 1)

    private enum Split {
        case message(UnsafeRawBufferPointer)
        case bad(Status)
    }

    /// Steps over the metadata, which must be well formed. Nothing in it changes a decision.
    private static func splitMetadata(_ body: UnsafeRawBufferPointer) -> Split {
        guard let base = body.baseAddress, body.count >= 2 else {
            return .bad(.metadataMalformed)
        }
        let count = Int(UInt16(bigEndian: base.loadUnaligned(as: UInt16.self)))
        guard count <= body.count - 2 else { return .bad(.metadataMalformed) }
        let metadata = UnsafeRawBufferPointer(start: base + 2, count: count)
        guard PreScan.check(metadata, descriptor: Descriptors.metadata) == nil else {
            return .bad(.metadataMalformed)
        }
        return .message(
            UnsafeRawBufferPointer(start: base + 2 + count, count: body.count - 2 - count))
    }

    /// Unpacks into the arena, under the call's cap. Nil: the cap was reached.
    private static func unpack(
        _ message: UnsafeRawBufferPointer, descriptor: MessageDescriptor, arena: inout Arena
    ) -> UnsafeMutablePointer<ProtobufCMessage>? {
        withUnsafeMutablePointer(to: &arena) { arena in
            var allocator = ProtobufCAllocator(
                alloc: { arena, byteCount in
                    // `allocator_data` is the arena of the `unpack` that is running.
                    arena!.assumingMemoryBound(to: Arena.self).pointee.allocate(byteCount)
                },
                free: { _, _ in }, allocator_data: UnsafeMutableRawPointer(arena))
            return protobuf_c_message_unpack(
                descriptor, &allocator, message.count,
                message.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
    }

    private static func convert(
        _ method: Method, _ raw: UnsafeRawPointer, check: inout FieldCheck, arena: inout Arena
    ) -> Decoded? {
        switch method {
        case .reserve: Self.reserve(Self.read(raw), &check, &arena)
        case .confirm: Self.confirm(Self.read(raw), &check, &arena)
        case .cancel: Self.cancel(Self.read(raw), &check)
        case .extend: Self.extend(Self.read(raw), &check)
        case .refund: Self.refund(Self.read(raw), &check, &arena)
        case .getReservation: Self.getReservation(Self.read(raw), &check, &arena)
        case .getStock: Self.getStock(Self.read(raw), &check, &arena)
        case .checkRisk: Self.checkRisk(Self.read(raw), &check, &arena)
        case .ping: Self.ping(Self.read(raw), &check)
        case .acquireLease: Self.acquireLease(Self.read(raw), &check, &arena)
        case .renewLease: Self.renewLease(Self.read(raw), &check)
        case .releaseLease: Self.releaseLease(Self.read(raw), &check, &arena)
        case .preload: Self.preload(Self.read(raw), &check, &arena)
        case .adjustStock: Self.adjustStock(Self.read(raw), &check, &arena)
        case .setSaleState: Self.setSaleState(Self.read(raw), &check, &arena)
        case .setProductState: Self.setProductState(Self.read(raw), &check, &arena)
        case .listSales: Self.listSales(Self.read(raw), &check)
        case .getServerInfo: .getServerInfo
        case .snapshot: .snapshot
        case .readRiskLog: Self.readRiskLog(Self.read(raw), &check)
        case .blacklistAdd: Self.blacklistAdd(Self.read(raw), &check, &arena)
        case .blacklistRemove: Self.blacklistRemove(Self.read(raw), &check, &arena)
        case .blacklistList: Self.blacklistList(Self.read(raw), &check)
        default: preconditionFailure("\(method) has a descriptor and no conversion")
        }
    }

    private static func read<Message>(_ raw: UnsafeRawPointer) -> Message {
        raw.load(as: Message.self)
    }
}
