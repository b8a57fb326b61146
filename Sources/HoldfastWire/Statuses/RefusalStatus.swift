package import HoldfastEngine

/// What a caller is told when a shard did not decide: code, stable reason, text, and when to try again.
package enum RefusalStatus {
    package static func status(for refusal: Refusal) -> Status {
        switch refusal {
        case .requestIDReused:
            Status(
                code: .failedPrecondition, reason: "REQUEST_ID_REUSED",
                message: "this request id was used with another payload; make a new id for "
                    + "a new request, and repeat a lost one unchanged")
        case .importIDReused:
            Status(
                code: .failedPrecondition, reason: "IMPORT_ID_REUSED",
                message: "this chunk of the import was sent before with other rows; "
                    + "start again under a new import id")
        case .confirmMismatch:
            Status(
                code: .failedPrecondition, reason: "CONFIRM_MISMATCH",
                message: "the reservation was confirmed with other lines; read it with "
                    + "GetReservation, and use Refund to give units back")
        case .saleSealed:
            Status(
                code: .failedPrecondition, reason: "SALE_SEALED",
                message: "the sale is over for good; the record store still knows its orders")
        case .expiryBacklog:
            Status(
                code: .resourceExhausted, reason: "EXPIRY_BACKLOG",
                message: "lapsed holds of this product are still being given back; "
                    + "send the same request again",
                retryMilliseconds: 5)
        case .tombstonesFull:
            Status(
                code: .resourceExhausted, reason: "TOMBSTONES_FULL",
                message: "the sale remembers as many cancelled request ids as it may "
                    + "(\(EngineLimits.tombstonesPerSaleMax)); cancel only ids that were sent",
                metadata: [("tombstones_max", "\(EngineLimits.tombstonesPerSaleMax)")])
        case .memoryFull:
            Status(
                code: .unavailable, reason: "MEMORY_FULL",
                message: "the server's memory budget is used up: ids it knows still work, new "
                    + "ones do not; tell the operator",
                retryMilliseconds: 1_000)
        case .storageFull:
            Status(
                code: .unavailable, reason: "STORAGE_FULL",
                message: "the server's disk has no room for new work: what is held can still be "
                    + "confirmed or cancelled; tell the operator to free space",
                retryMilliseconds: 1_000)
        case .fenced:
            Status(
                code: .failedPrecondition, reason: "FENCED",
                message: "the sale is leased by another, or the lease that the call shows lapsed, "
                    + "was given back or was broken; stop writing, and take the lease again before "
                    + "you go on")
        case .leaseQueueFull:
            Status(
                code: .resourceExhausted, reason: "LEASE_QUEUE_FULL",
                message: "as many calls as may wait for this lease or this shard already "
                    + "(\(EngineLimits.leaseWaitersMax) a lease); try again later",
                metadata: [("waiters_max", "\(EngineLimits.leaseWaitersMax)")],
                retryMilliseconds: 1_000)
        case .blacklistFull:
            Status(
                code: .resourceExhausted, reason: "BLACKLIST_FULL",
                message: "the blacklist has as many entries as it may "
                    + "(\(EngineLimits.blacklistEntriesMax)); remove some, or let them end",
                metadata: [("entries_max", "\(EngineLimits.blacklistEntriesMax)")])
        default: Self.statusOfBadRequest(refusal)
        }
    }

    /// The call as it stands is at fault, as `RPCCode.blamesCall` says it of a code.
    package static func blamesCall(_ refusal: Refusal) -> Bool {
        switch refusal {
        case .requestIDReused, .importIDReused, .confirmMismatch, .confirmLinesInvalid,
            .refundLinesInvalid, .totalTooLarge, .importOutOfOrder, .importMismatch:
            true
        case .saleSealed, .expiryBacklog, .tombstonesFull, .memoryFull, .storageFull,
            .importTooLarge, .fenced, .leaseQueueFull, .blacklistFull:
            false
        }
    }

    /// A Preload that was answered REJECTED, in the words of its first reject; nil: another answer. Never sent.
    package static func rejectedImport(_ call: Call) -> Status? {
        guard case .importChunk(let outcome) = call.outcome, outcome.result == .rejected,
            case .importChunk(let command) = call.command, outcome.rejectCount > 0
        else { return nil }
        let text = ImportRejectText(command.rejects[0], inChunk: command.chunk)
        return Status(
            code: .ok, reason: "PRELOAD_REJECTED", message: "\(text.field) \(text.description)",
            violations: [(field: text.field, description: text.description)])
    }

    private static func statusOfBadRequest(_ refusal: Refusal) -> Status {
        switch refusal {
        case .confirmLinesInvalid:
            let description =
                "must name products of the reservation, no more than it holds of "
                + "each, and not all zero"
            return Status(
                code: .invalidArgument, reason: "CONFIRM_LINES_INVALID",
                message: "lines \(description)",
                violations: [(field: "lines", description: description)])
        case .refundLinesInvalid:
            let description =
                "must name products of the reservation, no more than is left to "
                + "refund of each"
            return Status(
                code: .invalidArgument, reason: "REFUND_LINES_INVALID",
                message: "lines \(description)",
                violations: [(field: "lines", description: description)])
        case .totalTooLarge:
            let description = "must leave the sale at most \(EngineLimits.saleUnitsMax) units"
            return Status(
                code: .invalidArgument, reason: "TOTAL_TOO_LARGE",
                message: "delta \(description)",
                metadata: [("units_max", "\(EngineLimits.saleUnitsMax)")],
                violations: [(field: "delta", description: description)])
        case .importOutOfOrder:
            return Status(
                code: .failedPrecondition, reason: "IMPORT_OUT_OF_ORDER",
                message: "send chunks in order from 0, all for one sale, nothing after the "
                    + "commit; else start again under a new import id")
        case .importMismatch:
            return Status(
                code: .failedPrecondition, reason: "IMPORT_MISMATCH",
                message: "the commit's counts or checksum are not those of the chunks that "
                    + "arrived; start again under a new import id")
        case .importTooLarge:
            return Status(
                code: .resourceExhausted, reason: "IMPORT_TOO_LARGE",
                message: "an import has at most \(EngineLimits.importRowsMax) rows and a shard "
                    + "stages at most \(EngineLimits.stagedImportsMax) imports; split it, or "
                    + "wait for the others",
                metadata: [("rows_max", "\(EngineLimits.importRowsMax)")])
        case .requestIDReused, .importIDReused, .confirmMismatch, .saleSealed, .expiryBacklog,
            .tombstonesFull, .memoryFull, .storageFull, .fenced, .leaseQueueFull, .blacklistFull:
            preconditionFailure("\(refusal) is answered by status(for:)")
        }
    }
}
