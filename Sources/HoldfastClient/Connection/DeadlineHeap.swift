/// Times at which something must be looked at, earliest first. Entries of things that are gone stay until their time
/// comes, or until `compact` throws them out; whoever pops decides whether an entry still means something.
package struct DeadlineHeap {
    package struct Entry {
        package let nanoseconds: UInt64
        package let token: UInt64
    }

    private var entries: [Entry] = []

    package init() {}

    package var count: Int { self.entries.count }
    package var earliestNanoseconds: UInt64? { self.entries.first?.nanoseconds }

    package mutating func insert(_ nanoseconds: UInt64, token: UInt64) {
        self.entries.append(Entry(nanoseconds: nanoseconds, token: token))
        self.siftUp(self.entries.count - 1)
    }

    /// Takes the earliest entry if its time has come.
    package mutating func popDue(_ now: UInt64) -> Entry? {
        guard let first = self.entries.first, first.nanoseconds <= now else { return nil }
        let last = self.entries.removeLast()
        if !self.entries.isEmpty {
            self.entries[0] = last
            self.siftDown(0)
        }
        return first
    }

    /// Keeps only what `isAlive` says.
    package mutating func compact(_ isAlive: (UInt64) -> Bool) {
        self.entries.removeAll { !isAlive($0.token) }
        for index in stride(from: self.entries.count / 2 - 1, through: 0, by: -1) {
            self.siftDown(index)
        }
    }

    private mutating func siftUp(_ start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard self.entries[index].nanoseconds < self.entries[parent].nanoseconds else { return }
            self.entries.swapAt(index, parent)
            index = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var index = start
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2] where child < self.entries.count {
                if self.entries[child].nanoseconds < self.entries[least].nanoseconds {
                    least = child
                }
            }
            if least == index { return }
            self.entries.swapAt(index, least)
            index = least
        }
    }
}
