import HoldfastEngine
import HoldfastWire

/// Makes executed calls and encodes them, with guard bytes behind the room that the bound promises.
enum Answers {
    private static let requestID = RequestID(first: 1, second: 2)
    private static let target = ReservationTarget.request(RequestID(first: 1, second: 2))
    private nonisolated(unsafe) static let none = LineRequests(start: nil, count: 0)

    /// The command that an outcome answers; `results` and `rows` are where the answer's lines lie.
    private static func command(
        for outcome: Outcome, results: LineResults, rows: UnsafeMutablePointer<StockRow>,
        rejects: UnsafeMutablePointer<ImportReject>
    ) -> Command {
        let sale = view("sale-1")
        return switch outcome {
        case .confirm:
            .confirm(
                ConfirmCommand(
                    saleID: sale, target: Self.target, lines: Self.none, paymentReference: .empty,
                    results: results))
        case .cancel:
            .cancel(CancelCommand(saleID: sale, target: Self.target, reason: 0))
        case .extend:
            .extend(ExtendCommand(saleID: sale, target: Self.target, extendMilliseconds: 0))
        case .refund:
            .refund(
                RefundCommand(
                    requestID: Self.requestID, saleID: sale,
                    reservationID: ReservationID(rawValue: 1), lines: Self.none, restock: true,
                    refundReference: .empty, results: results))
        case .getReservation:
            .getReservation(
                GetReservationCommand(saleID: sale, target: Self.target, results: results))
        case .getStock:
            .getStock(
                GetStockCommand(
                    saleID: sale, productIDs: UnsafeBufferPointer(start: nil, count: 0),
                    userID: .empty, afterProductID: .empty, rows: rows, rowsMax: 200))
        case .importChunk:
            .importChunk(
                ImportChunkCommand(
                    importID: Self.requestID, chunk: 1, saleID: sale, configuration: nil,
                    products: UnsafeBufferPointer(start: nil, count: 0),
                    purchases: UnsafeBufferPointer(start: nil, count: 0), commit: nil,
                    validateOnly: false, rejects: rejects, rejectsMax: 100))
        case .adjustStock:
            .adjustStock(
                AdjustStockCommand(
                    requestID: Self.requestID, saleID: sale, productID: view("p"), delta: 1,
                    validateOnly: false))
        case .setSaleState:
            .setSaleState(
                SetSaleStateCommand(
                    requestID: Self.requestID, saleID: sale, state: .open, validateOnly: false))
        case .setProductState:
            .setProductState(
                SetProductStateCommand(
                    requestID: Self.requestID, saleID: sale, productID: view("p"), state: .open,
                    validateOnly: false))
        case .acquireLease(let outcome):
            .acquireLease(
                AcquireLeaseCommand(
                    target: .sale(sale), owner: Self.requestID, ttlMilliseconds: 5_000,
                    waitMilliseconds: 0, holder: .empty,
                    holderRoom: UnsafeMutablePointer(mutating: outcome.holder.base)))
        case .renewLease:
            .renewLease(
                RenewLeaseCommand(target: .sale(sale), owner: Self.requestID, ttlMilliseconds: 0))
        case .releaseLease(let outcome):
            .releaseLease(
                ReleaseLeaseCommand(
                    target: .sale(sale), owner: Self.requestID, breaks: false,
                    holderRoom: UnsafeMutablePointer(mutating: outcome.holder.base)))
        // Blacklist answers bring their own command.
        case .pending, .refused, .reserve, .releaseBuyer, .leaseWaiting, .blacklistChange,
            .blacklistList:
            .reserve(Self.reserve(sale, results))
        }
    }

    /// Never given back, as the views are not.
    private static func reserve(
        _ sale: ByteView, _ results: LineResults
    ) -> UnsafeMutablePointer<ReserveCommand> {
        let command = UnsafeMutablePointer<ReserveCommand>.allocate(capacity: 1)
        command.initialize(
            to: ReserveCommand(
                requestID: Self.requestID, saleID: sale, userID: view("u"), lines: Self.none,
                holdMilliseconds: 0, allowPartial: false, verdict: .allow, orderReference: .empty,
                results: results))
        return command
    }

    /// The whole frame; traps if the encoder writes past its own bound.
    static func frame(
        _ outcome: Outcome, lines: [LineResult] = [], rows: [StockRow] = [],
        rejects: [ImportReject] = [], callID: UInt32 = 1, _ arena: inout Arena
    ) -> [UInt8] {
        var lines = lines
        var rows = rows
        var rejects = rejects
        return lines.withUnsafeMutableBufferPointer { lines in
            rows.withUnsafeMutableBufferPointer { rows in
                rejects.withUnsafeMutableBufferPointer { rejects in
                    let command = Self.command(
                        for: outcome,
                        results: lines.baseAddress ?? UnsafeMutablePointer.allocate(capacity: 1),
                        rows: rows.baseAddress ?? UnsafeMutablePointer.allocate(capacity: 1),
                        rejects: rejects.baseAddress
                            ?? UnsafeMutablePointer.allocate(capacity: 1))
                    var call = Call(command: command)
                    call.outcome = outcome
                    let bound = ResponseEncoder.byteCountMax(for: call)
                    return Self.guarded(bound) {
                        ResponseEncoder.encode(call, callID: callID, to: $0, arena: &arena)
                    }
                }
            }
        }
    }

    /// Runs an encoder over room with guard bytes behind it.
    static func guarded(
        _ bound: Int, _ encode: (UnsafeMutableRawPointer) -> Int
    ) -> [UInt8] {
        var room = [UInt8](repeating: 0xA5, count: bound + 64)
        let byteCount = room.withUnsafeMutableBytes { encode($0.baseAddress!) }
        precondition(byteCount <= bound, "\(byteCount) bytes are more than the bound \(bound)")
        precondition(room[bound...].allSatisfy { $0 == 0xA5 }, "written past the bound")
        return Array(room.prefix(byteCount))
    }
}

/// A frame taken apart.
struct Answer {
    var header: FrameHeader
    var body: [UInt8]

    init(_ frame: [UInt8]) {
        self.header = frame.withUnsafeBytes { FrameHeader(reading: $0.baseAddress!) }
        self.body = Array(frame.dropFirst(FrameHeader.byteCount))
        precondition(self.header.frameByteCount == frame.count)
    }
}
