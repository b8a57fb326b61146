/// Held leases by deadline: a binary heap of slots, position 0 unused.
extension Shard {
    var earliestLease: Int64 {
        self.leaseHeap.count > 1 ? self.leaseDeadline(1) : .max
    }

    private func leaseDeadline(_ position: Int) -> Int64 {
        self.leases[self.leaseHeap[position]].pointee.deadline
    }

    mutating func addToLeaseHeap(_ slot: UInt32) {
        self.leaseHeap.append(slot)
        self.leases[slot].pointee.heapPosition = UInt32(self.leaseHeap.count - 1)
        self.repairLeaseHeap(self.leaseHeap.count - 1)
    }

    mutating func removeFromLeaseHeap(_ slot: UInt32) {
        let position = Int(self.leases[slot].pointee.heapPosition)
        precondition(position > 0, "a lease that is not held")
        let last = self.leaseHeap.removeLast()
        self.leases[slot].pointee.heapPosition = 0
        if position == self.leaseHeap.count { return }
        self.leaseHeap[position] = last
        self.leases[last].pointee.heapPosition = UInt32(position)
        self.repairLeaseHeap(position)
    }

    /// Moves a slot whose deadline is new to where it belongs.
    mutating func repairLeaseHeap(_ start: Int) {
        var position = start
        while position > 1 && self.leaseDeadline(position) < self.leaseDeadline(position / 2) {
            self.swapLeases(position, position / 2)
            position /= 2
        }
        while true {
            var least = position
            for child in 2 * position...2 * position + 1
            where child < self.leaseHeap.count
                && self.leaseDeadline(child) < self.leaseDeadline(least)
            {
                least = child
            }
            if least == position { return }
            self.swapLeases(position, least)
            position = least
        }
    }

    private mutating func swapLeases(_ left: Int, _ right: Int) {
        self.leaseHeap.swapAt(left, right)
        self.leases[self.leaseHeap[left]].pointee.heapPosition = UInt32(left)
        self.leases[self.leaseHeap[right]].pointee.heapPosition = UInt32(right)
    }
}
