/// The settings as a call needs them: which policy holds for it in each dimension, under which key. Immutable; a change of the
/// settings makes another one. Its owner locks, and drops every plan before it.
struct CompiledLimits: ~Copyable {
    /// A sale with limits of its own; the pointers are to the policies that hold in it.
    private struct Sale: BitwiseCopyable {
        var key: AdmissionKey
        var user: LimitPlan.Policy
        var address: LimitPlan.Policy
        var device: LimitPlan.Policy
        var sale: LimitPlan.Policy
        /// Which of the first three are the sale's own and so counted apart.
        var ownsUser: Bool
        var ownsAddress: Bool
        var ownsDevice: Bool
    }

    private struct Network: BitwiseCopyable {
        var policy: LimitPlan.Policy
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
        func add(_ policy: LimitPolicy) -> LimitPlan.Policy {
            memory.initializeElement(at: policyCount, to: CompiledPolicy(policy))
            policyCount += 1
            return LimitPlan.Policy(memory.baseAddress! + policyCount - 1)
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

    /// What a call is to be limited by; good while this lives.
    @inline(__always)
    func plan(_ subject: AdmissionSubject) -> LimitPlan {
        let base = LimitPlan.Policy(self.policies.baseAddress!)
        var plan = LimitPlan(
            user: LimitPlan.Entry(key: subject.user, policy: base),
            address: LimitPlan.Entry(key: subject.network, policy: base + 1),
            device: LimitPlan.Entry(key: subject.device, policy: base + 2),
            sale: LimitPlan.Entry(key: subject.sale, policy: base + 3),
            global: LimitPlan.Entry(key: LimitPlan.globalKey, policy: base + 4))
        if self.salePlaces.count > 0 && !subject.sale.isNone {
            self.applySale(to: &plan, of: subject)
        }
        if self.networks.count > 0 && !subject.network.isNone {
            self.applyNetwork(to: &plan, of: subject)
        }
        return plan
    }

    private func applySale(to plan: inout LimitPlan, of subject: AdmissionSubject) {
        var place = Int(truncatingIfNeeded: subject.sale.low) & (self.salePlaces.count &- 1)
        while true {
            let index = Int(self.salePlaces[place])
            if index < 0 { return }
            if self.sales[index].key == subject.sale { break }
            place = (place &+ 1) & (self.salePlaces.count &- 1)
        }
        let sale = self.sales[Int(self.salePlaces[place])]
        func own(_ key: AdmissionKey, _ policy: LimitPlan.Policy, _ owns: Bool) -> LimitPlan.Entry {
            LimitPlan.Entry(
                key: owns && !key.isNone ? key.scoped(by: sale.key) : key, policy: policy)
        }
        plan[0] = own(subject.user, sale.user, sale.ownsUser)
        plan[1] = own(subject.network, sale.address, sale.ownsAddress)
        plan[2] = own(subject.device, sale.device, sale.ownsDevice)
        plan[3] = LimitPlan.Entry(key: subject.sale, policy: sale.sale)
    }

    private func applyNetwork(to plan: inout LimitPlan, of subject: AdmissionSubject) {
        guard let index = self.networkMap.index(of: subject.address) else { return }
        let network = self.networks[index]
        plan[1] = LimitPlan.Entry(
            key: network.key.isNone ? subject.network : network.key, policy: network.policy)
    }
}

/// One call's key and policy in each dimension, in the order of `LimitDimension`. Trivial.
struct LimitPlan: BitwiseCopyable {
    typealias Policy = UnsafePointer<CompiledPolicy>

    struct Entry: BitwiseCopyable {
        var key: AdmissionKey
        var policy: Policy

        /// Whether this dimension has a say at all.
        @inline(__always)
        var applies: Bool { self.policy.pointee.kind != .unlimited && !self.key.isNone }
    }

    /// The one bucket of all calls. A hash meets it no likelier than any other key.
    static let globalKey = AdmissionKey(high: 0x676c_6f62_616c_2031, low: 0x676c_6f62_616c_2032)

    private var entries: InlineArray<5, Entry>

    @inline(__always)
    init(user: Entry, address: Entry, device: Entry, sale: Entry, global: Entry) {
        self.entries = [user, address, device, sale, global]
    }

    @inline(__always)
    subscript(index: Int) -> Entry {
        get { self.entries[index] }
        set { self.entries[index] = newValue }
    }
}
