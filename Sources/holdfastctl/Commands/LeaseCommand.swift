import ArgumentParser
import HoldfastClient

struct LeaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lease",
        abstract: "Takes, renews, releases and breaks leases of sales and names.",
        discussion: """
            A lease lapses when it is not renewed in its time. While a sale is leased, only changes that carry \
            --lease-owner and --lease-token of its newest lease are accepted; others are refused FENCED.

            EXAMPLES
              holdfastctl lease acquire --sale sale-1 --ttl-ms 60000 --wait-ms 5000 --holder alice
              holdfastctl stock adjust sale-1 sku-1 +10 --lease-owner 5f… --lease-token 17
              holdfastctl lease release --sale sale-1 --owner 5f…

            EXIT CODES
              0 held or released · 1 held by another, lost, no such sale; a change that was FENCED · the others as \
            for every command
            """,
        subcommands: [
            LeaseAcquireCommand.self, LeaseRenewCommand.self, LeaseReleaseCommand.self,
            LeaseBreakCommand.self,
        ])
}

struct LeaseAcquireCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acquire", abstract: "Takes a lease; prints its owner and fencing tokens.")

    @OptionGroup var lease: LeaseTargetOptions
    @Option(
        name: .customLong("ttl-ms"),
        help:
            "How long it lives without being renewed, 100 to 300000; the server's default is 5000.")
    var ttlMilliseconds = 0
    @Option(
        name: .customLong("wait-ms"), help: "How long to stand in line if another holds it.")
    var waitMilliseconds = 0
    @Option(help: "For people: who holds it.") var holder = ""
    @Option(help: "The owner token; a new one if absent. Asking again with it is safe.")
    var owner: String?
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let owner = try self.owner.map { try Parsing.ownerToken(orUsage: $0) } ?? OwnerToken()
        let request = AcquireLeaseRequest(
            target: self.lease.target, ownerToken: owner, ttlMilliseconds: self.ttlMilliseconds,
            waitMilliseconds: self.waitMilliseconds, holder: self.holder)
        // Known before the answer: with it a lost answer can be asked for again.
        Terminal.note("owner token \(owner)")
        try await self.common.withClient(.stock) { server throws(HoldfastError) in
            let response = try await server.acquireLease(request)
            let isHeld = response.outcome == .held
            var json = response.json
            if case .object(let fields) = json, isHeld {
                json = .object(fields + [("ownerToken", .string(owner.description))])
            }
            self.common.show(json) {
                var pairs = [("outcome", response.outcome.name)]
                if isHeld {
                    pairs += [
                        ("owner token", owner.description),
                        ("fencing token", String(response.fencingToken)),
                        ("until", TimeText.text(response.deadlineMilliseconds)),
                        ("replayed", String(response.replayed)),
                    ]
                } else if response.outcome == .heldByAnother {
                    pairs += [
                        ("holder", response.holder),
                        ("until", TimeText.text(response.deadlineMilliseconds)),
                    ]
                }
                return [Table(pairs: pairs)]
            }
            return isHeld ? .ok : .negative
        }
    }
}

struct LeaseRenewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew", abstract: "Prolongs a lease from now on.")

    @OptionGroup var lease: LeaseTargetOptions
    @Option(help: "The owner token.") var owner: String
    @Option(
        name: .customLong("ttl-ms"),
        help: "How long it lives from now on; as it was taken if absent.")
    var ttlMilliseconds = 0
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let request = RenewLeaseRequest(
            target: self.lease.target, ownerToken: try Parsing.ownerToken(orUsage: self.owner),
            ttlMilliseconds: self.ttlMilliseconds)
        try await self.common.withClient(.stock) { server throws(HoldfastError) in
            let response = try await server.renewLease(request)
            self.common.show(response.json) {
                var pairs = [("outcome", response.outcome.name)]
                if response.outcome == .held {
                    pairs += [
                        ("fencing token", String(response.fencingToken)),
                        ("until", TimeText.text(response.deadlineMilliseconds)),
                    ]
                }
                return [Table(pairs: pairs)]
            }
            return response.outcome == .held ? .ok : .negative
        }
    }
}

struct LeaseReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Gives a lease back.")

    @OptionGroup var lease: LeaseTargetOptions
    @Option(help: "The owner token.") var owner: String
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let owner = try Parsing.ownerToken(orUsage: self.owner)
        try await self.common.release(
            ReleaseLeaseRequest(target: self.lease.target, ownerToken: owner))
    }
}

struct LeaseBreakCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "break", abstract: "Takes a lease from whoever holds it (role admin).",
        discussion: """
            Its holder learns of it with its next renewal. Acquire the lease yourself before you go on: from then on \
            the old holder's changes are refused.
            """)

    @OptionGroup var lease: LeaseTargetOptions
    @OptionGroup var common: CommonOptions

    func run() async throws {
        try await self.common.release(ReleaseLeaseRequest(breaking: self.lease.target))
    }
}

extension CommonOptions {
    /// What release and break share.
    fileprivate func release(_ request: ReleaseLeaseRequest) async throws {
        try await self.withClient(.stock) { server throws(HoldfastError) in
            let response = try await server.releaseLease(request)
            self.show(response.json) {
                var pairs = [("outcome", response.outcome.name)]
                if request.breaksLease && response.outcome == .released {
                    pairs.append(("held by", response.holder.isEmpty ? "-" : response.holder))
                }
                return [Table(pairs: pairs)]
            }
            return response.outcome == .released ? .ok : .negative
        }
    }
}
