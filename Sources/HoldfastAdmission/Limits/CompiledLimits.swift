/// The settings as a call needs them: which policy holds for it in each dimension, under which key. Immutable; a change of the
/// settings makes another one. Its owner locks, and drops every plan before it.
struct CompiledLimits: ~Copyable {
    /// A sale with limits of its own; the pointers are to the policies that hold in it.
    private struct Sale: BitwiseCopyable {
        var key: AdmissionKey
        var user: LimitStep.Policy
        var address: LimitStep.Policy
        var device: LimitStep.Policy
        var sale: LimitStep.Policy
        /// Which of the first three are the sale's own and so counted apart.
        var ownsUser: Bool
        var ownsAddress: Bool
        var ownsDevice: Bool
    }

    private struct Network: BitwiseCopyable {
        var policy: LimitStep.Policy
        /// `none`: each address has a key of its own.
        var key: AdmissionKey
    }

    /// How long a key is remembered at most after its last call.
    let memoryMilliseconds: Int
    let usesWindows: Bool
    /// Those of everywhere in the order of `LimitDimension`, then those of sales and networks.
    private let policies: UnsafeMutableBufferPointer<CompiledPolicy>
    private let sales: UnsafeMutableBufferPointer<Sale>
    /// Where a sale is in `sales`: open addressing, at most half full; empty when no sale has limits of its own.
    private let salePlaces: UnsafeMutableBufferPointer<Int16>
    private let networks: UnsafeMutableBufferPointer<Network>
    private let networkMap: NetworkMap

    /// The settings must be valid.
    init(_ settings: LimiterSettings, hasher: AdmissionHasher) {
        let everywhere = [
            settings.user, settings.address, settings.device, settings.sale, settings.global,
        ]
        self.policies = .allocate(
            capacity: everywhere.count + settings.sales.count * 4 + settings.networks.count)
        self.memoryMilliseconds = settings.policies.map(\.policy.memoryMilliseconds).max() ?? 0
        self.usesWindows = settings.policies.contains {
            if case .slidingWindow = $0.policy { true } else { false }
        }
        let memory = self.policies
        var policyCount = 0
        func add(_ policy: LimitPolicy) -> LimitStep.Policy {
            memory.initializeElement(at: policyCount, to: CompiledPolicy(policy))
            policyCount += 1
            return LimitStep.Policy(memory.baseAddress! + policyCount - 1)
        }
        for policy in everywhere { _ = add(policy) }

        self.sales = .allocate(capacity: settings.sales.count)
        var placeCount = settings.sales.isEmpty ? 0 : 2
        while placeCount < settings.sales.count * 2 { placeCount *= 2 }
        self.salePlaces = .allocate(capacity: placeCount)
        self.salePlaces.initialize(repeating: -1)
        for (index, own) in settings.sales.enumerated() {
            let key = hasher.key(.sale, own.saleID)
            self.sales.initializeElement(
                at: index,
                to: Sale(
                    key: key, user: add(own.user ?? settings.user),
                    address: add(own.address ?? settings.address),
                    device: add(own.device ?? settings.device),
                    sale: add(own.sale ?? settings.sale), ownsUser: own.user != nil,
                    ownsAddress: own.address != nil, ownsDevice: own.device != nil))
            var place = Int(truncatingIfNeeded: key.low) & (placeCount - 1)
            while self.salePlaces[place] >= 0 { place = (place + 1) & (placeCount - 1) }
            self.salePlaces[place] = Int16(index)
        }

        self.networks = .allocate(capacity: settings.networks.count)
        for (index, network) in settings.networks.enumerated() {
            // An address's key is a hash of 16 bytes, so no text of another length can meet it.
            let key =
                network.counting == .wholeRange
                ? hasher.key(.network, "whole range of \(network.range)") : .none
            self.networks.initializeElement(
                at: index, to: Network(policy: add(network.policy), key: key))
        }
        self.networkMap = NetworkMap(settings.networks.map(\.range))
    }

    deinit {
        self.policies.deallocate()
        self.sales.deallocate()
        self.salePlaces.deallocate()
        self.networks.deallocate()
    }

    /// Writes what a call is to be limited by; good while this lives.
    @inline(__always)
    func plan(_ subject: AdmissionSubject, into plan: LimitPlan) {
        let base = LimitStep.Policy(self.policies.baseAddress!)
        plan[0].initialize(to: LimitStep(subject.user, base))
        plan[1].initialize(to: LimitStep(subject.network, base + 1))
        plan[2].initialize(to: LimitStep(subject.device, base + 2))
        plan[3].initialize(to: LimitStep(subject.sale, base + 3))
        plan[4].initialize(to: LimitStep(LimitPlan.globalKey, base + 4))
        if self.salePlaces.count > 0 && !subject.sale.isNone {
            self.applySale(to: plan, of: subject)
        }
        if self.networks.count > 0 && !subject.network.isNone {
            self.applyNetwork(to: plan, of: subject)
        }
    }

    private func applySale(to plan: LimitPlan, of subject: AdmissionSubject) {
        var place = Int(truncatingIfNeeded: subject.sale.low) & (self.salePlaces.count &- 1)
        while true {
            let index = Int(self.salePlaces[place])
            if index < 0 { return }
            if self.sales[index].key == subject.sale { break }
            place = (place &+ 1) & (self.salePlaces.count &- 1)
        }
        let sale = self.sales[Int(self.salePlaces[place])]
        func own(_ key: AdmissionKey, _ policy: LimitStep.Policy, _ owns: Bool) -> LimitStep {
            LimitStep(owns && !key.isNone ? key.scoped(by: sale.key) : key, policy)
        }
        plan[0].initialize(to: own(subject.user, sale.user, sale.ownsUser))
        plan[1].initialize(to: own(subject.network, sale.address, sale.ownsAddress))
        plan[2].initialize(to: own(subject.device, sale.device, sale.ownsDevice))
        plan[3].initialize(to: LimitStep(subject.sale, sale.sale))
    }

    private func applyNetwork(to plan: LimitPlan, of subject: AdmissionSubject) {
        guard let index = self.networkMap.index(of: subject.address) else { return }
        let network = self.networks[index]
        plan[1].initialize(
            to: LimitStep(network.key.isNone ? subject.network : network.key, network.policy))
    }
}
