internal import HoldfastAdmission
internal import HoldfastEngine
internal import Synchronization

/// What admission took over from before the start.
struct AdmissionRestore: Sendable {
    var reservationCount = 0
    /// There were more than could be taken over: the oldest were left out.
    var isCut = false
    /// What had been made before this was not looked at. Unix milliseconds.
    var sinceMilliseconds: Int64 = 0
    /// How long it took.
    var milliseconds: Int64 = 0
}

extension AdmissionGate {
    /// Rows that are sorted, at least.
    private static let rowCountMin = 65_536
    private static let blockCount = 256

    private struct Row {
        var shard: UInt32
        var slot: UInt32
    }

    private struct Known {
        var input: RiskInput
        var milliseconds: Int64
    }

    /// Fills the windows and empties the buckets with the reservations that the shards know, in the order of time: as far back as
    /// a rule or a limit looks, and at most two for each buyer that there is room for. Once, after recovery and before the
    /// first call.
    ///
    /// A reservation tells its buyer, its sale and its request id; not the device, the address and the age, and nothing tells of
    /// the calls that were refused (docs/ADMISSION.md, "After a restart").
    /// - Parameter now: server time, Unix milliseconds.
    func restore(from shards: ShardTable, now: Int64) -> AdmissionRestore {
        let (riskWindow, limitWindow) = self.state.withLock { state in
            (state.risk.restorableMilliseconds, Int64(state.limiter.memoryMilliseconds))
        }
        let since = max(0, now - max(riskWindow, limitWindow))
        var report = AdmissionRestore(sinceMilliseconds: since)
        let rowCountMax = max(Self.rowCountMin, self.settings.riskCapacity.users * 2)
        var rows: [Row] = []
        // Milliseconds above, the row's place below: one comparison a step of the sort.
        var order: [UInt64] = []
        for shard in 0..<shards.count {
            let slots = shards.takeRecentReservations(
                shard: shard, since: since, now: now, countMax: rowCountMax)
            for entry in slots {
                let age = UInt64(max(0, entry.madeMilliseconds - since))
                order.append(age &<< 32 | UInt64(rows.count))
                rows.append(Row(shard: UInt32(shard), slot: entry.slot))
            }
        }
        order.sort()
        if order.count > rowCountMax {
            order.removeFirst(order.count - rowCountMax)
            report.isCut = true
        }
        report.reservationCount = order.count
        var known: [Known] = []
        known.reserveCapacity(Self.blockCount)
        for (number, key) in order.enumerated() {
            let row = rows[Int(key & 0xffff_ffff)]
            known.append(
                Known(
                    input: self.input(
                        of: shards.recentReservation(shard: Int(row.shard), slot: row.slot)),
                    milliseconds: since + Int64(key &>> 32)))
            if known.count == Self.blockCount || number == order.count - 1 {
                self.restore(known, limitsFrom: now - limitWindow)
                known.removeAll(keepingCapacity: true)
            }
        }
        return report
    }

    private func restore(_ known: [Known], limitsFrom: Int64) {
        self.state.withLock { state in
            for row in known { state.risk.prefetch(row.input.subject) }
            for row in known { state.risk.prefetchRecords(row.input.subject) }
            for row in known {
                state.risk.restore(row.input, at: row.milliseconds)
                if row.milliseconds > limitsFrom {
                    state.limiter.restore(
                        row.input.subject, atMilliseconds: row.milliseconds)
                }
            }
            state.restoredCount += known.count
        }
    }

    private func input(of reservation: RecentReservation) -> RiskInput {
        let sale = self.hasher.key(.sale, UnsafeRawBufferPointer(reservation.saleID.buffer))
        return RiskInput(
            subject: AdmissionSubject(
                user: self.hasher.key(
                    .user, UnsafeRawBufferPointer(reservation.userID.buffer)),
                sale: sale),
            request: self.hasher.key(
                ofRequest: (reservation.requestID.first, reservation.requestID.second), in: sale),
            device: .notApplicable, network: .notApplicable)
    }
}
