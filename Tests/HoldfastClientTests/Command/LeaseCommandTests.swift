import HoldfastClient
import HoldfastWire
import Testing
import holdfastctl

/// `holdfastctl lease` and the proof of a lease on the commands that change a sale: what is sent, printed and returned.
@Suite(.timeLimit(.minutes(2)), .serialized)
struct LeaseCommandTests {
    private static let owner = OwnerToken(bytes: Array(1...16))!

    @Test func acquirePrintsTheTokensThatLaterCommandsTake() throws {
        let calls = LeaseServer()
        let server = calls.serve()
        let run = try ToolRun(
            ["lease", "acquire", "--sale", "sale-1", "--ttl-ms", "60000", "-o", "json"],
            stockPort: server.port)
        #expect(run.status == 0)
        let owner = try #require(run.field("ownerToken").flatMap { OwnerToken($0) })
        #expect(calls.seen.map(\.owner) == [owner])
        #expect(run.field("fencingToken") == "17")
        #expect(run.field("outcome") == "LEASE_OUTCOME_HELD")
        #expect(run.notes == "owner token \(owner)\n")

        let again = try ToolRun(
            ["lease", "acquire", "--name", "job", "--owner", Self.owner.description],
            stockPort: server.port)
        #expect(again.status == 0)
        #expect(again.output.contains(Self.owner.description))
        #expect(calls.seen.last?.owner == Self.owner)
    }

    @Test func refusedLeaseCallsEndWithOne() throws {
        let calls = LeaseServer()
        let server = calls.serve { side, frame, _ in
            switch Method(rawValue: frame.header.methodOrCode) {
            case .acquireLease:
                side.answer(frame, Messages.acquired(.heldByAnother, holder: "alice"))
            case .renewLease: side.answer(frame, Messages.renewed(.lost))
            default: side.answer(frame, Messages.released(.saleNotFound))
            }
            return true
        }
        let owner = ["--owner", Self.owner.description]
        let table: [([String], String)] = [
            (["acquire", "--sale", "s"], "alice"), (["renew", "--sale", "s"] + owner, "LOST"),
            (["release", "--sale", "s"] + owner, "SALE_NOT_FOUND"),
            (["break", "--sale", "s"], "SALE_NOT_FOUND"),
        ]
        for (arguments, expected) in table {
            let run = try ToolRun(["lease"] + arguments, stockPort: server.port)
            #expect(run.status == 1, "\(arguments)")
            #expect(run.output.contains(expected), "\(run.output)")
        }
    }

    @Test func renewReleaseAndBreakEndWithZero() throws {
        let calls = LeaseServer()
        let server = calls.serve { side, frame, _ in
            guard frame.calls(.releaseLease) else { return false }
            side.answer(frame, Messages.released(holder: "alice"))
            return true
        }
        let owner = ["--owner", Self.owner.description]
        for arguments in [
            ["renew", "--name", "n"] + owner, ["release", "--name", "n"] + owner,
        ] {
            let run = try ToolRun(["lease"] + arguments, stockPort: server.port)
            #expect(run.status == 0, "\(arguments): \(run.notes)")
        }
        let broken = try ToolRun(["lease", "break", "--name", "n"], stockPort: server.port)
        #expect(broken.status == 0)
        #expect(broken.output.contains("alice"))
        #expect(calls.seen.map(\.method) == [.renewLease, .releaseLease, .releaseLease])
        #expect(calls.seen.map(\.owner) == [Self.owner, Self.owner, nil])
    }

    @Test func wrongUsageIsFoundBeforeAnythingIsSent() throws {
        let table: [[String]] = [
            ["lease", "acquire"], ["lease", "acquire", "--sale", "s", "--name", "n"],
            ["lease", "renew", "--sale", "s"], ["lease", "renew", "--sale", "s", "--owner", "x"],
            ["sale", "pause", "s", "--lease-owner", Self.owner.description],
            ["sale", "pause", "s", "--lease-token", "5"],
            ["sale", "pause", "s", "--lease-owner", "x", "--lease-token", "5"],
            [
                "sale", "pause", "s", "--lease-owner", Self.owner.description, "--lease-token",
                "-5",
            ],
        ]
        for arguments in table {
            #expect(try ToolRun(arguments).status == 64, "\(arguments)")
        }
    }

    @Test func changesCarryTheProofAndFencedOnesEndWithOne() throws {
        let proof: [UInt8] = [0x0A, 16] + Array(1...16) + [0x10, 17]
        let calls = LeaseServer()
        let server = calls.serve { side, frame, _ in
            // The proof is the last field of all of them, and 20 bytes long.
            if frame.message.suffix(20).elementsEqual(proof) {
                side.refuse(
                    frame, code: .failedPrecondition,
                    status: Messages.status("FENCED", "another holds the lease of the sale"))
            } else {
                side.refuse(
                    frame, code: .invalidArgument,
                    status: Messages.status("NO_PROOF", "no proof came"))
            }
            return true
        }
        let lease = ["--lease-owner", Self.owner.description, "--lease-token", "17"]
        for arguments in [
            ["stock", "adjust", "s", "p", "-3"], ["sale", "open", "s"], ["sale", "pause", "s"],
            ["sale", "close", "s"], ["product", "open", "s", "p"], ["product", "pause", "s", "p"],
        ] {
            let run = try ToolRun(arguments + lease, adminPort: server.port)
            #expect(run.status == 1, "\(arguments): \(run.notes)")
            #expect(run.notes.contains("FENCED"), "\(arguments): \(run.notes)")
        }
        let without = try ToolRun(["sale", "open", "s"], adminPort: server.port)
        #expect(without.status == 65)
    }

    @Test func fencedIsANoWhateverItsCode() {
        for code: HoldfastErrorCode in [.failedPrecondition, .aborted, .permissionDenied] {
            let error = HoldfastError(
                code: code, reason: "FENCED", message: "m", outcome: .rejected)
            #expect(ExitReason(error) == .negative)
        }
    }
}
