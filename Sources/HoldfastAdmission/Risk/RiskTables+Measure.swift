/// Counting a call, and measuring without counting it. What each list keeps is the rules' business (`CompiledRules`).
extension RiskTables {
    /// The shared network of a call, or -1.
    @inline(__always)
    func network(of input: RiskInput) -> Int {
        input.network == .present ? self.compiled.network(of: input.subject.address) : -1
    }

    @inline(__always)
    func keeping(_ feature: RiskFeature) -> CompiledRules.Keeping {
        self.compiled.keeping[Int(feature.rawValue)]
    }

    /// The first word that lies in a window that ends at `time`.
    @inline(__always)
    static func from(_ time: Int64, _ windowMilliseconds: Int64) -> UInt64 {
        RecentList.word(max(time &- windowMilliseconds &+ 1, 1), tag: 0)
    }

    @inline(__always)
    private static func deviceTag(_ input: RiskInput) -> UInt64 {
        input.device == .present ? input.subject.device.low : Self.namelessDevice
    }

    @inline(__always)
    mutating func record(_ input: RiskInput, _ time: Int64) -> RiskVerdict {
        self.measuredNetwork = self.network(of: input)
        var isTracked = self.recordUser(input, time)
        if input.network == .present, self.keeping(.accountsPerAddress).countMax > 0 {
            isTracked = self.recordAddress(input, time) && isTracked
        }
        return self.judge(input, now: time &+ self.base, isTracked: isTracked)
    }

    private mutating func recordUser(_ input: RiskInput, _ time: Int64) -> Bool {
        let calls = self.keeping(.callsPerUser)
        let purchases = self.keeping(.purchasesPerUser)
        let devices = self.keeping(.devicesPerUser)
        if calls.countMax | purchases.countMax | devices.countMax == 0 { return true }
        guard let record = self.users.find(input.subject.user) ?? self.newUser(input, time) else {
            self.measureUnknownUser(input)
            return false
        }
        var isTracked = true
        let callList = RecentList(record, Self.calls)
        if calls.countMax > 0 {
            callList.expire(before: Self.from(time, calls.horizonMilliseconds), &self.arena)
            isTracked = callList.append(
                RecentList.word(time, tag: 0), countMax: calls.countMax, &self.arena)
        }
        let purchaseList = RecentList(record, Self.purchases)
        if purchases.countMax > 0 {
            let from = Self.from(time, purchases.horizonMilliseconds)
            purchaseList.expire(before: from, &self.arena)
            if purchaseList.newest(tag: input.request, from: from, self.arena) == 0 {
                isTracked =
                    purchaseList.append(
                        RecentList.word(time, tag: input.request), countMax: purchases.countMax,
                        &self.arena) && isTracked
            }
        }
        let deviceList = RecentList(record, Self.devices)
        if devices.countMax > 0, input.device != .notApplicable {
            deviceList.expire(before: Self.from(time, devices.horizonMilliseconds), &self.arena)
            isTracked =
                deviceList.refresh(
                    tag: Self.deviceTag(input), milliseconds: time, countMax: devices.countMax,
                    &self.arena) && isTracked
        }
        for index in self.compiled.measures.indices {
            let measure = self.compiled.measures[index]
            let from = Self.from(time, measure.windowMilliseconds)
            switch measure.feature {
            case .callsPerUser: self.measured[index] = Int64(callList.count(from: from, self.arena))
            case .purchasesPerUser:
                self.measured[index] = Int64(purchaseList.count(from: from, self.arena))
            case .devicesPerUser:
                self.measured[index] = Int64(deviceList.count(from: from, self.arena))
            default: break
            }
        }
        return isTracked
    }

    private mutating func recordAddress(_ input: RiskInput, _ time: Int64) -> Bool {
        let accounts = self.keeping(.accountsPerAddress)
        let found = self.addresses.find(input.subject.network)
        guard let record = found ?? self.newAddress(input, time) else {
            self.measureUnknownAddress()
            return false
        }
        let list = RecentList(record, Self.accounts)
        list.expire(before: Self.from(time, accounts.horizonMilliseconds), &self.arena)
        let isTracked = list.refresh(
            tag: input.subject.user.low, milliseconds: time,
            countMax: self.compiled.accountCountMax(network: self.measuredNetwork), &self.arena)
        for index in self.compiled.measures.indices
        where self.compiled.measures[index].feature == .accountsPerAddress {
            let from = Self.from(time, self.compiled.measures[index].windowMilliseconds)
            self.measured[index] = Int64(list.count(from: from, self.arena))
        }
        return isTracked
    }

    /// A buyer without a record: this call is all there is.
    private mutating func measureUnknownUser(_ input: RiskInput) {
        for index in self.compiled.measures.indices {
            switch self.compiled.measures[index].feature {
            case .callsPerUser, .purchasesPerUser: self.measured[index] = 1
            case .devicesPerUser:
                self.measured[index] = input.device == .notApplicable ? 0 : 1
            default: break
            }
        }
    }

    private mutating func measureUnknownAddress() {
        for index in self.compiled.measures.indices
        where self.compiled.measures[index].feature == .accountsPerAddress {
            self.measured[index] = 1
        }
    }

    /// Fills `measured` as if the call had been counted.
    /// - Returns: whether there would be room to count it.
    mutating func peekMeasures(_ input: RiskInput, _ time: Int64) -> Bool {
        var isTracked = true
        let isUserCounted =
            self.keeping(.callsPerUser).countMax > 0
            || self.keeping(.purchasesPerUser).countMax > 0
            || self.keeping(.devicesPerUser).countMax > 0
        let isAddressCounted =
            input.network == .present && self.keeping(.accountsPerAddress).countMax > 0
        let user = self.users.find(input.subject.user)
        if user == nil {
            self.measureUnknownUser(input)
            if isUserCounted { isTracked = !self.users.isFull }
        }
        let address = isAddressCounted ? self.addresses.find(input.subject.network) : nil
        if address == nil {
            self.measureUnknownAddress()
            if isAddressCounted { isTracked = isTracked && !self.addresses.isFull }
        }
        for index in self.compiled.measures.indices {
            let measure = self.compiled.measures[index]
            let from = Self.from(time, measure.windowMilliseconds)
            let horizon = Self.from(time, self.keeping(measure.feature).horizonMilliseconds)
            var most = self.keeping(measure.feature).countMax
            var count = 0
            switch measure.feature {
            case .callsPerUser:
                guard let user else { continue }
                count = RecentList(user, Self.calls).count(from: from, self.arena) + 1
            case .purchasesPerUser:
                guard let user else { continue }
                let list = RecentList(user, Self.purchases)
                count = list.count(from: from, self.arena)
                if list.newest(tag: input.request, from: horizon, self.arena) == 0 { count += 1 }
            case .devicesPerUser:
                guard let user else { continue }
                let list = RecentList(user, Self.devices)
                count = list.count(from: from, self.arena)
                if input.device != .notApplicable,
                    list.newest(tag: Self.deviceTag(input), from: from, self.arena) == 0
                {
                    count += 1
                }
            case .accountsPerAddress:
                guard let address else { continue }
                most = self.compiled.accountCountMax(network: self.measuredNetwork)
                let list = RecentList(address, Self.accounts)
                count = list.count(from: from, self.arena)
                if list.newest(tag: input.subject.user.low, from: from, self.arena) == 0 {
                    count += 1
                }
            default: continue
            }
            self.measured[index] = Int64(min(count, most))
        }
        return isTracked
    }
}
