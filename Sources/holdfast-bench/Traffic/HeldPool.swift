/// Reservations that this run was granted and that it has neither confirmed nor cancelled. Bounded: once full, a new one
/// takes the place of another. One thread.
struct HeldPool: ~Copyable {
    struct Entry: Equatable {
        var reservationID: UInt64
        /// The sale's number.
        var sale: UInt32
    }

    private let entries: UnsafeMutablePointer<Entry>
    private let capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        precondition(capacity > 0)
        self.capacity = capacity
        self.entries = .allocate(capacity: capacity)
    }

    deinit {
        self.entries.deallocate()
    }

    mutating func add(_ entry: Entry, _ random: inout RandomSource) {
        if self.count < self.capacity {
            (self.entries + self.count).initialize(to: entry)
            self.count += 1
        } else {
            self.entries[Int(random.next(below: UInt64(self.capacity)))] = entry
        }
    }

    /// One at random, which no later call of this gives again; nil if there is none.
    mutating func take(_ random: inout RandomSource) -> Entry? {
        guard self.count > 0 else { return nil }
        let place = Int(random.next(below: UInt64(self.count)))
        let entry = self.entries[place]
        self.count -= 1
        self.entries[place] = self.entries[self.count]
        return entry
    }

    /// One at random, which stays; nil if there is none.
    func look(_ random: inout RandomSource) -> Entry? {
        self.count == 0 ? nil : self.entries[Int(random.next(below: UInt64(self.count)))]
    }
}
