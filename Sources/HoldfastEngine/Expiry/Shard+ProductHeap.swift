/// A binary heap of the products that have live lines, by their earliest deadline. Position 0 is unused, so that a
/// product's `heapPosition` 0 means "not in it".
extension Shard {
    @inline(__always)
    private func key(_ position: Int) -> Int64 {
        self.products[self.productHeap[position]].pointee.queues.earliest
    }

    @inline(__always)
    private mutating func set(_ position: Int, _ product: UInt32) {
        self.productHeap[position] = product
        self.products[product].pointee.heapPosition = UInt32(position)
    }

    /// Puts a product in, or moves it after its earliest deadline changed.
    mutating func heapUpdate(_ product: UInt32) {
        var position = Int(self.products[product].pointee.heapPosition)
        if position == 0 {
            self.productHeap.append(product)
            position = self.productHeap.count - 1
            self.products[product].pointee.heapPosition = UInt32(position)
        }
        if !self.siftUp(position) { self.siftDown(position) }
    }

    mutating func heapRemove(_ product: UInt32) {
        let position = Int(self.products[product].pointee.heapPosition)
        if position == 0 { return }
        self.products[product].pointee.heapPosition = 0
        let last = self.productHeap.removeLast()
        if last != product {
            self.set(position, last)
            if !self.siftUp(position) { self.siftDown(position) }
        }
    }

    private mutating func siftUp(_ start: Int) -> Bool {
        var position = start
        let product = self.productHeap[position]
        let deadline = self.products[product].pointee.queues.earliest
        while position > 1 && deadline < self.key(position / 2) {
            self.set(position, self.productHeap[position / 2])
            position /= 2
        }
        self.set(position, product)
        return position != start
    }

    private mutating func siftDown(_ start: Int) {
        var position = start
        let product = self.productHeap[position]
        let deadline = self.products[product].pointee.queues.earliest
        let count = self.productHeap.count
        while position * 2 < count {
            var child = position * 2
            if child + 1 < count && self.key(child + 1) < self.key(child) { child += 1 }
            if self.key(child) >= deadline { break }
            self.set(position, self.productHeap[child])
            position = child
        }
        self.set(position, product)
    }

    /// The earliest deadline of the shard, Int64.max: no live hold.
    @inline(__always)
    var earliestDeadline: Int64 {
        self.productHeap.count > 1 ? self.key(1) : Int64.max
    }
}
