import Synchronization

/// What must be true of a server that was killed and started again, by name.
enum CrashCheck: String, CaseIterable, Sendable {
    case reservationKnown, replaySame, stateAsTold, contentAsTold
    case stepReplayed, answerLegal, allOrNothing, nothingUnasked
    case stockAgrees, conserved, limitKept
    case refusalJustified, readKept
    case idsUnique, fencingGrows, leaseKept, adminKept, importWhole
    case timeForward, bootEpoch, instance
    case fullDisk, exit

    var sentence: String {
        switch self {
        case .reservationKnown: "every acknowledged reservation is known"
        case .replaySame: "asking again gives the first answer: id, deadline, lines, prices"
        case .stateAsTold: "every reservation is in the state that was told"
        case .contentAsTold: "buyer, references and quantities are those that were told"
        case .stepReplayed: "Confirm, Cancel, Extend and Refund answer the same when asked again"
        case .answerLegal: "every answer follows from what was acknowledged before"
        case .allOrNothing: "a call without an answer took effect wholly or not at all, once"
        case .nothingUnasked: "nothing is there that nobody was given"
        case .stockAgrees: "available, held, sold and total are what the ledger adds up to"
        case .conserved: "total = available + held + sold, and none is negative"
        case .limitKept: "each buyer has what the ledger says, and no more than the limit"
        case .refusalJustified: "SOLD_OUT and LIMIT_EXCEEDED rested on takes that are still there"
        case .readKept: "no read had shown an event that is missing"
        case .idsUnique: "no reservation id was given to two requests"
        case .fencingGrows: "fencing tokens only grow"
        case .leaseKept: "leases live on with their owner, token and deadline"
        case .adminKept: "adjustments and states are as told and answer the same again"
        case .importWhole: "an import is there wholly or not at all, and its chunks are known"
        case .timeForward: "server time never runs backwards"
        case .bootEpoch: "the boot epoch grows"
        case .instance: "the instance id stays"
        case .fullDisk: "a full disk bars new holds alone, and only while it is full"
        case .exit: "the server ends and starts as it must"
        }
    }
}

/// Counts what was checked and keeps the sentences of what failed. Any task.
final class CrashChecks: Sendable {
    struct Failure: Encodable, Sendable {
        var check: String
        var round: Int
        var sentence: String
    }

    private struct State {
        var round = 0
        var counts: [CrashCheck: Int] = [:]
        var failureCounts: [CrashCheck: Int] = [:]
        var failures: [Failure] = []
    }

    /// Sentences of one check that are kept: more would hide the others. All failures are counted.
    private static let sentencesMax = 5

    private let state = Mutex(State())

    func begin(round: Int) {
        self.state.withLock { $0.round = round }
    }

    /// One thing looked at. `sentence` is only made when it does not hold.
    func expect(_ holds: Bool, _ check: CrashCheck, _ sentence: @autoclosure () -> String) {
        let text = holds ? nil : sentence()
        self.state.withLock { state in
            state.counts[check, default: 0] += 1
            guard let text else { return }
            state.failureCounts[check, default: 0] += 1
            if state.failureCounts[check]! <= Self.sentencesMax {
                state.failures.append(
                    Failure(check: check.rawValue, round: state.round, sentence: text))
            }
        }
    }

    func fail(_ check: CrashCheck, _ sentence: String) {
        self.expect(false, check, sentence)
    }

    var failures: [Failure] { self.state.withLock { $0.failures } }

    var failureCount: Int { self.state.withLock { $0.failureCounts.values.reduce(0, +) } }

    func counts(_ check: CrashCheck) -> (done: Int, failed: Int) {
        self.state.withLock { ($0.counts[check] ?? 0, $0.failureCounts[check] ?? 0) }
    }
}

/// How many calls there were and what the answers said. Any task.
final class CrashTally: Sendable {
    private struct State {
        var answers: [String: Int] = [:]
        var requests = 0
        var unknown = 0
    }

    private let state = Mutex(State())

    func answered(_ method: String, _ what: String) {
        self.state.withLock {
            $0.requests += 1
            $0.answers["\(method) \(what)", default: 0] += 1
        }
    }

    func lost(_ method: String) {
        self.state.withLock {
            $0.requests += 1
            $0.unknown += 1
            $0.answers["\(method) no answer", default: 0] += 1
        }
    }

    var answers: [String: Int] { self.state.withLock { $0.answers } }
    var requestCount: Int { self.state.withLock { $0.requests } }
    var unknownCount: Int { self.state.withLock { $0.unknown } }
}
