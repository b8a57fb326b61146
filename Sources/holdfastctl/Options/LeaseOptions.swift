import ArgumentParser
import HoldfastClient

/// The caller's lease of the sale that a command changes.
struct LeaseOptions: ParsableArguments {
    @Option(
        name: .customLong("lease-owner"),
        help: ArgumentHelp(
            "Owner token of your lease of the sale, as \"lease acquire\" printed it.",
            valueName: "token"))
    var owner: String?

    @Option(
        name: .customLong("lease-token"),
        help: ArgumentHelp("Fencing token of that lease.", valueName: "n"))
    var token: UInt64?

    /// What goes with the change; nil if neither is given.
    func proof() throws -> LeaseProof? {
        switch (self.owner, self.token) {
        case (nil, nil): return nil
        case (let owner?, let token?):
            return LeaseProof(
                ownerToken: try Parsing.ownerToken(orUsage: owner), fencingToken: token)
        default: throw ValidationError("Give --lease-owner and --lease-token together.")
        }
    }
}

/// What a lease locks.
struct LeaseTargetOptions: ParsableArguments {
    @Option(help: "Locks this sale: changes of it by others are refused.") var sale: String?
    @Option(help: "Locks this name, which may be any that the callers agree on.")
    var name: String?

    func validate() throws {
        guard (self.sale == nil) != (self.name == nil) else {
            throw ValidationError("Give one of --sale and --name.")
        }
    }

    var target: LeaseTarget {
        if let sale = self.sale { return .sale(sale) }
        return .name(self.name ?? "")
    }
}
