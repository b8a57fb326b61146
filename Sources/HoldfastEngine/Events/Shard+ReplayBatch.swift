internal import CIntrinsics

/// An event that a shard cannot apply.
package struct ReplayProblem: Error, Sendable {
    /// Which of the batch; those before it are applied.
    package let index: Int
    /// What is wrong: "it …".
    package let words: String
}

/// Replay of many events: keys are hashed and cache lines asked for ahead, as on the live path.
extension Shard {
    /// Applies events of this shard in order. Each is checked first: one that is not the next, or that does not follow
    /// from those before it, is an error and leaves the shard as it was before that event.
    /// - Parameter events: Where each event begins; as many bytes are there as its length says, at least a head (24).
    package mutating func replay(
        _ events: UnsafeBufferPointer<UnsafeRawPointer>
    ) throws(ReplayProblem) {
        guard let base = events.baseAddress else { return }
        var start = 0
        while start < events.count {
            let count = min(EngineLimits.blockCallsMax, events.count - start)
            self.prepareReplay(base + start, count)
            for index in 0..<count {
                let event = base[start + index]
                if let words = self.problem(with: event) {
                    throw ReplayProblem(index: start + index, words: "\(words)")
                }
                let keys = self.prepared[index]
                self.applyChecked(
                    event, buyerHash: keys.sale == 0 ? nil : keys.buyerHash,
                    requestHash: keys.sale == 0 ? nil : keys.requestHash)
            }
            start += count
        }
    }

    /// Nothing here is checked yet: it only hashes what lies inside the event, and asks for cache lines.
    @inline(__always)
    private mutating func prepareReplay(
        _ events: UnsafePointer<UnsafeRawPointer>, _ count: Int
    ) {
        for index in 0..<count {
            let fields = ReservedBytes(events[index])
            self.prepared[index] = PreparedCall(sale: 0, requestHash: 0, buyerHash: 0)
            if fields.isReserved {
                guard fields.isInside else { continue }
                let sale = fields.sale
                let requestHash = self.tableHash.hash(scope: sale, fields.request)
                let buyerHash = self.tableHash.hash(scope: sale, fields.user)
                self.prepared[index] = PreparedCall(
                    sale: sale, requestHash: requestHash, buyerHash: buyerHash)
                self.requestIndex.prefetchInsert(requestHash)
                self.buyerIndex.prefetchInsert(buyerHash)
            } else if fields.namesHold {
                let hold = fields.firstField
                if hold > 0 && hold < self.holds.end {
                    holdfast_prefetch_write(self.holds[hold])
                }
            }
        }
        for index in 0..<count {
            if self.prepared[index].sale != 0 {
                let buyer = self.buyerIndex.candidate(self.prepared[index].buyerHash)
                if buyer != 0 { holdfast_prefetch_write(self.buyers[buyer]) }
                continue
            }
            let fields = ReservedBytes(events[index])
            guard fields.namesHold else { continue }
            let slot = fields.firstField
            guard slot > 0, slot < self.holds.end else { continue }
            let hold = self.holds[slot].pointee
            holdfast_prefetch_write(self.lines[hold.firstLine])
            holdfast_prefetch_write(self.buyers[hold.buyer])
        }
    }

    /// The event was checked, or is our own.
    @inline(__always)
    mutating func replayReserved(
        _ fields: ReservedBytes, buyerHash known: UInt64?, requestHash: UInt64?
    ) {
        let sale = fields.sale
        let user = fields.user
        let count = fields.lineCount
        for index in 0..<count {
            let (product, granted, price) = fields.line(index)
            (self.grantScratch + index).initialize(
                to: GrantedLine(
                    product: product, granted: Int64(granted & 0x0fff_ffff), priceMinor: price,
                    outcome: ReserveResult(rawValue: UInt8(granted &>> 28)) ?? .unspecified))
        }
        let request = fields.request
        let buyerHash = known ?? self.tableHash.hash(scope: sale, user)
        _ = self.apply(
            ReservedEvent(
                id: fields.id, request: request, payload: fields.payload,
                deadline: fields.deadline, sale: sale, user: user, order: fields.order,
                lines: UnsafeBufferPointer(start: self.grantScratch, count: count)),
            buyer: self.findBuyer(sale, user, hash: buyerHash), buyerHash: buyerHash,
            requestHash: requestHash ?? self.tableHash.hash(scope: sale, request))
    }
}

/// The fields of a `reserved` event where they lie:
///
///     24 id u64 · 32 request 16 · 48 payload 16 · 64 deadline i64 · 72 sale u32 · 76 line count u8 ·
///     77 lines (product u32 · granted u32, outcome in bits 28…31 · price i64) · user · order reference
struct ReservedBytes {
    private let event: UnsafeRawPointer

    @inline(__always)
    init(_ event: UnsafeRawPointer) { self.event = event }

    @inline(__always)
    private func get<Value: FixedWidthInteger>(_ offset: Int) -> Value {
        Value(littleEndian: self.event.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    private static var linesOffset: Int { 77 }
    private static var lineBytes: Int { 16 }

    private var byteCount: Int { Int(self.get(0) as UInt32) }

    @inline(__always)
    var isReserved: Bool {
        self.event.load(fromByteOffset: 4, as: UInt8.self) == EventKind.reserved.rawValue
    }

    /// The user's bytes lie inside the event.
    @inline(__always)
    var isInside: Bool {
        let byteCount = self.byteCount
        guard byteCount >= Self.linesOffset else { return false }
        let user = self.userOffset
        return byteCount >= user + 2 && byteCount >= user + 2 + Int(self.get(user) as UInt16)
    }

    /// An event whose first field is a reservation's slot.
    @inline(__always)
    var namesHold: Bool {
        guard self.byteCount >= EventHead.byteCount + 4 else { return false }
        switch EventKind(rawValue: self.event.load(fromByteOffset: 4, as: UInt8.self)) {
        case .confirmed, .refundDue, .refunded, .cancelled, .expired, .released, .extended:
            return true
        default: return false
        }
    }

    var firstField: UInt32 { self.get(EventHead.byteCount) }
    var time: Int64 { self.get(16) }
    var id: ReservationID { ReservationID(rawValue: self.get(24)) }
    var request: RequestID { RequestID(first: self.get(32), second: self.get(40)) }
    var payload: PayloadHash { PayloadHash(first: self.get(48), second: self.get(56)) }
    var deadline: Int64 { self.get(64) }
    var sale: UInt32 { self.get(72) }
    var lineCount: Int { Int(self.get(76) as UInt8) }

    @inline(__always)
    func line(_ index: Int) -> (product: UInt32, granted: UInt32, price: Int64) {
        let offset = Self.linesOffset + index * Self.lineBytes
        return (self.get(offset), self.get(offset + 4), self.get(offset + 8))
    }

    private var userOffset: Int { Self.linesOffset + self.lineCount * Self.lineBytes }

    @inline(__always)
    private func text(_ offset: Int) -> ByteView {
        ByteView(
            base: (self.event + offset + 2).assumingMemoryBound(to: UInt8.self),
            count: Int(self.get(offset) as UInt16))
    }

    @inline(__always)
    var user: ByteView { self.text(self.userOffset) }

    @inline(__always)
    var order: ByteView {
        let user = self.userOffset
        return self.text(user + 2 + Int(self.get(user) as UInt16))
    }
}
