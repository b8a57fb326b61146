/// Writes the calls of a load by its mix of methods. One thread; writing a call allocates nothing.
struct LoadTraffic: ~Copyable {
    private static let heldCountMax = 65_536

    /// The largest frame that `writeCall` writes.
    let frameByteCountMax: Int

    private var reserves: ReserveTraffic
    private var held = HeldPool(capacity: Self.heldCountMax)
    private let targets: [TargetFrame]
    private let mix: MethodMix
    private let isReserveOnly: Bool
    private let timeoutMilliseconds: UInt32
    private var random: RandomSource

    init(plan: LoadPlan) throws(LoadError) {
        let settings = plan.traffic
        self.reserves = try ReserveTraffic(
            settings: settings, timeoutMilliseconds: plan.timeoutMilliseconds)
        self.targets = (1...settings.saleCount).map {
            TargetFrame(saleID: settings.salePrefix + String($0))
        }
        self.mix = plan.mix
        self.isReserveOnly = plan.mix.isReserveOnly
        self.timeoutMilliseconds = plan.timeoutMilliseconds
        self.random = RandomSource(seed: settings.seed ^ 0x6D69_7800)
        self.frameByteCountMax = max(self.reserves.frameByteCountMax, TargetFrame.byteCountMax)
    }

    /// Writes one whole frame of at most `frameByteCountMax` bytes; says how many it has, its method and the number of
    /// its sale.
    mutating func writeCall(
        id: UInt32, to frame: UnsafeMutablePointer<UInt8>
    ) -> (byteCount: Int, method: UInt16, sale: Int) {
        if !self.isReserveOnly {
            let method = self.mix.method(&self.random)
            if let entry = self.entry(for: method) {
                let byteCount = self.targets[Int(entry.sale)].write(
                    method, reservationID: entry.reservationID, callID: id,
                    timeoutMilliseconds: self.timeoutMilliseconds, to: frame)
                return (byteCount, method.rawValue, Int(entry.sale))
            }
        }
        let byteCount = self.reserves.writeCall(id: id, to: frame)
        return (byteCount, MethodMix.Method.reserve.rawValue, self.reserves.lastSale)
    }

    /// Remembers the reservation of a granted Reserve, for the other methods.
    mutating func takeAnswer(_ body: UnsafeRawBufferPointer, to note: CallNote) {
        guard !self.isReserveOnly, note.method == MethodMix.Method.reserve.rawValue,
            let fields = AnswerFields(body), fields.outcome == 1, fields.reservationID != 0
        else { return }
        self.held.add(
            HeldPool.Entry(reservationID: fields.reservationID, sale: note.subject), &self.random)
    }

    private mutating func entry(for method: MethodMix.Method) -> HeldPool.Entry? {
        switch method {
        case .reserve: nil
        case .confirm, .cancel: self.held.take(&self.random)
        case .get: self.held.look(&self.random)
        }
    }
}
