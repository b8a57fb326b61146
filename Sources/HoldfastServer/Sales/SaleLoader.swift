internal import HoldfastEngine
internal import HoldfastWire

/// Loads sale files at the start: parse, check as the wire does, import as Preload does.
package struct SaleLoader {
    /// A decoded chunk may take this much; nobody sends it, so it is no defence.
    private static let chunkBytesMax = 64 << 20

    package enum Result: Sendable, Equatable {
        case loaded(saleID: String, products: Int, purchases: Int)
        /// The server knows the sale: the file is left alone.
        case known(saleID: String)
    }

    package struct Failure: Error, Sendable {
        package enum Cause: Sendable {
            case missing, malformed
        }

        package let cause: Cause
        /// Names the file and says what to mend.
        package let message: String
    }

    let shards: ShardTable
    let clock: ServerClock

    package init(shards: ShardTable, clock: ServerClock) {
        self.shards = shards
        self.clock = clock
    }

    package func load(file: String, nowNanoseconds: UInt64) throws(Failure) -> Result {
        let bytes: [UInt8]
        do {
            bytes = try TextFile.readBytes(file)
        } catch {
            throw Failure(
                cause: .missing,
                message: "the sale file \(file) cannot be read: \(error.message); "
                    + "correct data.sales")
        }
        let sale: SaleFile
        do {
            sale = try SaleFile.parse(bytes)
        } catch {
            throw Failure(cause: .malformed, message: "\(file): \(error.message)")
        }
        var arena = Arena(initialBytes: 1 << 20, callBytesMax: Self.chunkBytesMax)
        let now = self.clock.milliseconds(at: nowNanoseconds)
        if self.isKnown(sale.saleID, now: now) { return .known(saleID: sale.saleID) }
        // The same file gives the same import, so a load that was cut off goes on where it was.
        let importID = Array(LibCrypto.sha256(bytes).prefix(16))
        for message in PreloadMessage.chunks(of: sale, importID: importID) {
            if let problem = self.importChunk(message, now: now, arena: &arena) {
                throw Failure(cause: .malformed, message: "\(file): \(problem)")
            }
            arena.reset()
        }
        return .loaded(
            saleID: sale.saleID, products: sale.products.count, purchases: sale.purchases.count)
    }

    private func isKnown(_ saleID: String, now: Int64) -> Bool {
        var saleID = saleID
        return saleID.withUTF8 { utf8 in
            // An id that cannot be is refused with its reason by the import.
            guard let base = utf8.baseAddress, (1...EngineLimits.idBytesMax).contains(utf8.count)
            else { return false }
            let view = ByteView(base: base, count: utf8.count)
            return withUnsafeTemporaryAllocation(of: StockRow.self, capacity: 1) { rows in
                guard let room = rows.baseAddress else { return false }
                var call = Call(
                    command: .getStock(
                        GetStockCommand(
                            saleID: view,
                            productIDs: UnsafeBufferPointer(start: nil, count: 0), userID: .empty,
                            afterProductID: .empty, rows: room, rowsMax: 1)))
                self.execute(&call, now: now)
                guard case .getStock(let outcome) = call.outcome else { return true }
                return outcome.result != .saleNotFound
            }
        }
    }

    /// What stood in the way; nil: nothing.
    private func importChunk(_ message: [UInt8], now: Int64, arena: inout Arena) -> String? {
        message.withUnsafeBytes { body -> String? in
            let decoded = RequestDecoder.decode(
                method: .preload, body: body, hasMetadata: false, arena: &arena)
            switch decoded {
            case .engine(let command, _):
                var call = Call(command: command)
                self.execute(&call, now: now)
                return self.problem(of: call)
            case .invalid(let status), .unimplemented(let status):
                return status.violations.isEmpty
                    ? status.message
                    : status.violations.map { "\($0.field) \($0.description)" }
                        .joined(separator: "; ")
            case .ping, .listSales, .checkRisk, .blacklistList, .getServerInfo, .snapshot,
                .readRiskLog:
                preconditionFailure("a Preload decoded as something else")
            }
        }
    }

    private func problem(of call: Call) -> String? {
        switch call.outcome {
        case .importChunk(let outcome):
            switch outcome.result {
            case .staged, .committed, .valid: return nil
            case .rejected:
                return "\(outcome.rejectCount) rows were refused; load the file with "
                    + "holdfastctl preload to see each of them"
            }
        case .refused(let refusal):
            return RefusalStatus.status(for: refusal).message
        default:
            preconditionFailure("an import answered as something else")
        }
    }

    private func execute(_ call: inout Call, now: Int64) {
        withUnsafeMutablePointer(to: &call) { call in
            var pointer = call
            withUnsafeMutablePointer(to: &pointer) { calls in
                self.shards.execute(
                    shard: Shard.index(
                        ofSale: call.pointee.command.saleID, shardCount: self.shards.count),
                    batch: CallBatch(calls: calls, count: 1), now: now)
            }
        }
    }
}
