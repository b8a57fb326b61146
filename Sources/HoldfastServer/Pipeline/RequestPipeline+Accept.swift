internal import HoldfastEngine
internal import HoldfastTransport
internal import HoldfastWire

/// From a REQUEST to a call of the turn.
extension RequestPipeline {
    @inline(__always)
    func accept(
        _ header: FrameHeader, _ body: UnsafeRawBufferPointer, startedNanoseconds: UInt64,
        _ context: ConnectionContext
    ) {
        guard let method = Method(rawValue: header.methodOrCode), context.allows(method),
            !self.isDraining, !self.isBacklogged || Self.isAlwaysTaken(method)
        else {
            self.refuse(header, self.reasonToRefuse(header, context), context, isCounted: true)
            return
        }
        if method == .reserve, !header.hasMetadata,
            self.acceptReserve(header, body, startedNanoseconds: startedNanoseconds, context)
        {
            return
        }
        let decoded =
            context.listener == .stock
            ? RequestDecoder.decode(
                method: method, body: body, hasMetadata: header.hasMetadata,
                arena: &self.arenas.pointee.stock)
            : RequestDecoder.decode(
                method: method, body: body, hasMetadata: header.hasMetadata,
                arena: &self.arenas.pointee.admin)
        var pending = self.entry(header, method, startedNanoseconds, context)
        switch decoded {
        case .engine(let command, let client):
            if let status = self.objection(
                to: command, client, pending.timeoutMilliseconds, context)
            {
                self.refuse(header, status, context, isCounted: true)
                return
            }
            if command.isOfBlacklist {
                self.take(self.blacklistStep(command, context), &pending, header, context)
                return
            }
            pending.call = self.takeCall(command, context)
            pending.shard = self.shard(of: command)
            if case .reserve(let reserve) = command, let reader = self.callReader {
                withUnsafePointer(to: client) {
                    self.noteForAdmission(reserve, $0, reader, context)
                }
            }
        case .ping(let payload):
            pending.kind = .ping
            pending.payload = payload
        case .listSales(let pageSize, let pageToken):
            pending.kind = .local
            pending.extraIndex = Int32(self.localCalls.count)
            self.localCalls.append(.listSales(pageSize: pageSize, pageToken: pageToken))
        case .checkRisk(let query):
            if context.needsClientIP && !query.client.hasIP {
                self.refuse(header, .clientIPMissing, context, isCounted: true)
                return
            }
            pending.kind = .local
            pending.extraIndex = Int32(self.localCalls.count)
            self.localCalls.append(.checkRisk(self.riskCheck(query, context)))
        case .blacklistList(let query):
            self.take(self.blacklistStep(query), &pending, header, context)
            return
        case .getServerInfo:
            pending.kind = .local
            pending.extraIndex = Int32(self.localCalls.count)
            self.localCalls.append(.getServerInfo)
        case .snapshot:
            pending.kind = .local
            pending.extraIndex = Int32(self.localCalls.count)
            self.localCalls.append(.snapshot)
        case .readRiskLog(let query):
            pending.kind = .local
            pending.extraIndex = Int32(self.localCalls.count)
            self.localCalls.append(.readRiskLog(query))
        case .invalid(let status), .unimplemented(let status):
            self.refuse(header, status, context, isCounted: true)
            return
        }
        self.pending.pointee.append(pending)
    }

    private func take(
        _ step: BlacklistStep, _ pending: inout PendingCall, _ header: FrameHeader,
        _ context: ConnectionContext
    ) {
        switch step {
        case .refuse(let status):
            self.refuse(header, status, context, isCounted: true)
            return
        case .execute(let command):
            pending.call = self.takeCall(command, context)
            pending.shard = Int32(self.core.shards.controlIndex)
        case .confirm(let question):
            pending.kind = .local
            pending.extraIndex = Int32(self.localCalls.count)
            self.localCalls.append(.blacklistQuestion(question))
        }
        self.pending.pointee.append(pending)
    }

    /// However far the journal is behind, one may look at it.
    private static func isAlwaysTaken(_ method: Method) -> Bool {
        method == .ping || method == .getServerInfo
    }

    /// A Reserve as clients write it, decoded straight into its call. False: it needs the long way.
    @inline(__always)
    private func acceptReserve(
        _ header: FrameHeader, _ body: UnsafeRawBufferPointer, startedNanoseconds: UInt64,
        _ context: ConnectionContext
    ) -> Bool {
        let call = self.arenas.pointee.stock.allocateForAnswer(MemoryLayout<Call>.stride)
            .bindMemory(to: Call.self, capacity: 1)
        guard
            RequestDecoder.decodeReserve(
                body, into: call, client: self.clientScratch, arena: &self.arenas.pointee.stock),
            let command = call.pointee.reserve
        else { return false }
        if context.needsClientIP && !self.clientScratch.pointee.hasIP {
            self.refuse(header, .clientIPMissing, context, isCounted: true)
            return true
        }
        var pending = self.entry(header, .reserve, startedNanoseconds, context)
        pending.call = call
        pending.shard = self.shard(of: command.pointee.saleID)
        if let reader = self.callReader {
            self.noteForAdmission(command, self.clientScratch, reader, context)
        }
        self.pending.pointee.append(pending)
        return true
    }

    @inline(__always)
    private func entry(
        _ header: FrameHeader, _ method: Method, _ startedNanoseconds: UInt64,
        _ context: ConnectionContext
    ) -> PendingCall {
        var timeout = header.timeoutOrRetryMilliseconds
        if timeout == 0 { timeout = self.core.configuration.defaultTimeoutMilliseconds }
        return PendingCall(
            context: Unmanaged.passUnretained(context), kind: .engine,
            methodNumber: UInt8(truncatingIfNeeded: method.rawValue), callID: header.callID,
            timeoutMilliseconds: timeout,
            deadlineNanoseconds: startedNanoseconds &+ UInt64(timeout) &* 1_000_000)
    }

    private func shard(of command: Command) -> Int32 {
        if let target = command.leaseTarget, case .name = target {
            return Int32(self.core.shards.controlIndex)
        }
        return self.shard(of: command.saleID)
    }

    @inline(__always)
    func shard(of saleID: ByteView) -> Int32 {
        self.sales.entry(of: saleID).pointee.shard
    }

    /// A call that was not let in, answered in its turn's order.
    @inline(never)
    func refuse(
        _ header: FrameHeader, _ status: Status, _ context: ConnectionContext, isCounted: Bool
    ) {
        self.logIfBad(status, header, context)
        let method = Method(rawValue: header.methodOrCode)
        var pending = PendingCall(
            context: Unmanaged.passUnretained(context), kind: .refused,
            methodNumber: method.map { UInt8(truncatingIfNeeded: $0.rawValue) } ?? 0,
            callID: header.callID, timeoutMilliseconds: 0, deadlineNanoseconds: .max)
        pending.extraIndex = Int32(self.statuses.count)
        pending.isCounted = isCounted
        self.statuses.append(status)
        self.pending.pointee.append(pending)
    }

    /// CANCEL_CALL: takes the call back if it waits in this turn; otherwise it is over, or never was.
    func takeBack(_ callID: UInt32, of context: ConnectionContext) {
        let sought = Unmanaged.passUnretained(context).toOpaque()
        var index = self.pending.pointee.count
        if !context.waitingTickets.isEmpty { self.takeBackWaiting(callID, of: context) }
        // A connection's call ids grow, so its entries are in order and the search can stop early.
        while index > 0 {
            index &-= 1
            let entry = self.pending.pointee.base + index
            guard entry.pointee.context.toOpaque() == sought else { continue }
            if entry.pointee.callID < callID { return }
            guard entry.pointee.callID == callID else { continue }
            if entry.pointee.kind != .refused { entry.pointee.kind = .cancelled }
            return
        }
    }

    @inline(__always)
    private func takeCall(
        _ command: Command, _ context: ConnectionContext
    ) -> UnsafeMutablePointer<Call> {
        let byteCount = MemoryLayout<Call>.stride
        let memory =
            context.listener == .stock
            ? self.arenas.pointee.stock.allocateForAnswer(byteCount)
            : self.arenas.pointee.admin.allocateForAnswer(byteCount)
        let call = memory.bindMemory(to: Call.self, capacity: 1)
        if case .acquireLease(var acquire) = command {
            acquire.origin = UInt16(self.index)
            call.initialize(to: Call(command: .acquireLease(acquire)))
        } else {
            call.initialize(to: Call(command: command))
        }
        return call
    }

    /// What the role table cannot know from the method alone.
    @inline(__always)
    private func objection(
        to command: Command, _ client: ClientInfo, _ timeoutMilliseconds: UInt32,
        _ context: ConnectionContext
    ) -> Status? {
        switch command {
        case .reserve:
            return context.needsClientIP && !client.hasIP ? .clientIPMissing : nil
        case .setSaleState(let command):
            let isPause = command.state == .paused
            if RoleTable.allowsState(context.role, isPause: isPause) { return nil }
            return .pauseOnly(role: context.role, method: .setSaleState)
        case .setProductState(let command):
            let isPause = command.state == .paused
            if RoleTable.allowsState(context.role, isPause: isPause) { return nil }
            return .pauseOnly(role: context.role, method: .setProductState)
        case .acquireLease(let command):
            if command.waitMilliseconds <= Int64(timeoutMilliseconds) { return nil }
            return .waitTooLong(timeoutMilliseconds: timeoutMilliseconds)
        case .releaseLease(let command):
            if !command.breaks || context.role == .admin { return nil }
            return .breakNotAllowed(role: context.role)
        default:
            return nil
        }
    }

    @inline(never)
    private func reasonToRefuse(_ header: FrameHeader, _ context: ConnectionContext) -> Status {
        if self.isDraining { return .draining }
        if self.isBacklogged { return .journalBacklog }
        guard let method = Method(rawValue: header.methodOrCode) else {
            return .methodUnknown(header.methodOrCode)
        }
        guard RoleTable.isServed(method, on: context.listener) else {
            return .wrongPort(role: context.role, method: method)
        }
        return .permissionDenied(role: context.role.name, method: method)
    }
}

extension Status {
    /// An operator may pause, and nothing else.
    static func pauseOnly(role: Role, method: Method) -> Status {
        Status(
            code: .permissionDenied, reason: "PERMISSION_DENIED",
            message: "role \(role.name) may call \(method.name) only to pause; connect with a "
                + "certificate of role admin",
            metadata: [("role", role.name), ("method", method.name)])
    }

    /// Only an admin may take a lease from its holder.
    static func breakNotAllowed(role: Role) -> Status {
        Status(
            code: .permissionDenied, reason: "PERMISSION_DENIED",
            message: "role \(role.name) may call \(Method.releaseLease.name) only for its own "
                + "lease; connect with a certificate of role admin to break another's",
            metadata: [("role", role.name), ("method", Method.releaseLease.name)])
    }

    /// The method lives on the other port.
    static func wrongPort(role: Role, method: Method) -> Status {
        let port = method.isAdmin ? "admin" : "stock"
        return Status(
            code: .permissionDenied, reason: "WRONG_PORT",
            message: "\(method.name) is answered on the \(port) port, not on this one; "
                + "role \(role.name) may not call it here",
            metadata: [("role", role.name), ("method", method.name), ("port", port)])
    }
}
