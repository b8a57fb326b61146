/// Links between the records of a loaded image. Each check makes one walk safe that the shard does later: that it ends,
/// and that it meets only records that are there.
extension Shard {
    /// Each product's sums, its queues' ends, its place in the heap, its sale's chain.
    mutating func checkProductLinks(
        _ stock: borrowing ImageStock, _ reader: borrowing ImageReader
    ) throws(ImageError) {
        var inHeap = 0
        for slot in 1..<self.products.end where self.products[slot].pointee.heapPosition > 0 {
            inHeap += 1
        }
        self.productHeap = [UInt32](repeating: 0, count: inHeap + 1)
        for slot in 1..<self.products.end {
            let product = self.products[slot].pointee
            let sums = stock.sums[Int(slot)]
            guard product.held == sums.held, product.sold == sums.sold,
                product.queues.lineCount == sums.queued,
                (product.heapPosition == 0) == (sums.queued == 0)
            else { throw reader.damaged("product \(slot): its reservations do not add up") }
            let next = product.nextInSale
            guard next == 0 || self.products[next].pointee.sale == product.sale,
                (next == 0) == (self.sales[product.sale].pointee.lastProduct == slot)
            else { throw reader.damaged("product \(slot): its sale's chain is broken") }
            for list in 0..<DeadlineQueue.listCount {
                let first = product.queues.heads[list]
                let last = product.queues.tails[list]
                guard (first == 0) == (last == 0) else {
                    throw reader.damaged("product \(slot): a queue without an end")
                }
                if first == 0 { continue }
                guard self.isEnd(first, slot, UInt8(list)), self.isEnd(last, slot, UInt8(list)),
                    self.lines[first].pointee.previous == 0,
                    self.lines[last].pointee.next == 0,
                    product.queues.tailDeadlines[list] == self.deadline(ofLine: last)
                else { throw reader.damaged("product \(slot): a queue's ends") }
            }
            let root = product.queues.treapRoot
            guard root == 0 || self.isEnd(root, slot, DeadlineQueue.treap) else {
                throw reader.damaged("product \(slot): its treap")
            }
            let position = Int(product.heapPosition)
            if position == 0 { continue }
            guard position <= inHeap, self.productHeap[position] == 0 else {
                throw reader.damaged("product \(slot): its place in the heap")
            }
            self.productHeap[position] = slot
        }
        try self.checkSaleLinks(reader)
        for position in stride(from: 2, to: inHeap + 1, by: 1) {
            let parent = self.products[self.productHeap[position / 2]]
            let child = self.products[self.productHeap[position]]
            guard parent.pointee.queues.earliest <= child.pointee.queues.earliest else {
                throw reader.damaged("the heap of products is out of order")
            }
        }
    }

    private func isEnd(_ line: UInt32, _ product: UInt32, _ queue: UInt8) -> Bool {
        guard line < self.lines.end else { return false }
        let record = self.lines[line].pointee
        return record.product == product && record.queue == queue
    }

    private func checkSaleLinks(_ reader: borrowing ImageReader) throws(ImageError) {
        for slot in 1..<self.sales.end {
            let sale = self.sales[slot].pointee
            var count: UInt32 = 0
            var units: Int64 = 0
            var product = sale.firstProduct
            while product != 0 {
                guard self.products[product].pointee.sale == slot else {
                    throw reader.damaged("sale \(slot): another sale's product")
                }
                count += 1
                units += self.products[product].pointee.total
                product = self.products[product].pointee.nextInSale
            }
            guard count == sale.productCount, units == sale.units else {
                throw reader.damaged("sale \(slot): its products do not add up")
            }
        }
    }

    /// Queues are doubly linked within one product; treaps lead to lower priorities, so that no walk goes round.
    mutating func checkLineLinks(_ reader: borrowing ImageReader) throws(ImageError) {
        var slot: UInt32 = 1
        while slot < self.lines.end {
            let run = self.lines.run(from: slot)
            for index in 0..<run.count {
                let line = run[index]
                if line.queue == DeadlineQueue.none { continue }
                let own = slot + UInt32(index)
                let isSound =
                    line.queue == DeadlineQueue.treap
                    ? self.isTreapNode(own, line) : self.isQueueNode(own, line)
                guard isSound else { throw reader.damaged("line \(own): its queue is broken") }
            }
            slot += UInt32(run.count)
        }
        for slot in 1..<self.products.end
        where self.products[slot].pointee.heapPosition > 0 {
            let earliest = self.earliestLine(of: slot)
            guard earliest != 0,
                self.deadline(ofLine: earliest) == self.products[slot].pointee.queues.earliest
            else { throw reader.damaged("product \(slot): its earliest deadline") }
        }
    }

    private func isQueueNode(_ slot: UInt32, _ line: LineRecord) -> Bool {
        let product = self.products[line.product]
        let list = Int(line.queue)
        if line.next == 0 {
            if product.pointee.queues.tails[list] != slot { return false }
        } else {
            let next = self.lines[line.next].pointee
            if next.previous != slot || next.queue != line.queue || next.product != line.product {
                return false
            }
        }
        if line.previous == 0 { return product.pointee.queues.heads[list] == slot }
        return self.lines[line.previous].pointee.next == slot
    }

    private mutating func isTreapNode(_ slot: UInt32, _ line: LineRecord) -> Bool {
        self.isTreapChild(line.next, of: slot, line)
            && self.isTreapChild(line.previous, of: slot, line)
    }

    private mutating func isTreapChild(
        _ child: UInt32, of slot: UInt32, _ line: LineRecord
    ) -> Bool {
        if child == 0 { return true }
        let record = self.lines[child].pointee
        return record.queue == DeadlineQueue.treap && record.product == line.product
            && self.priority(child) < self.priority(slot)
    }

    /// Chains of live holds and of limit entries begin where their buyers say.
    mutating func checkBuyerLinks(_ reader: borrowing ImageReader) throws(ImageError) {
        var slot: UInt32 = 1
        while slot < self.buyers.end {
            let run = self.buyers.run(from: slot)
            for index in 0..<run.count where run[index].firstHold != 0 {
                let first = self.holds[run[index].firstHold]
                guard first.pointee.buyer == slot + UInt32(index),
                    first.pointee.buyerPrevious == 0, first.pointee.state == .held
                else {
                    throw reader.damaged("buyer \(slot + UInt32(index)): the chain of live holds")
                }
            }
            slot += UInt32(run.count)
        }
        slot = 1
        while slot < self.holds.end {
            let run = self.holds.run(from: slot)
            for index in 0..<run.count where run[index].state == .held {
                let own = slot + UInt32(index)
                let hold = run[index]
                let next = hold.buyerNext
                let previous = hold.buyerPrevious
                guard
                    next == 0
                        || (self.holds[next].pointee.buyerPrevious == own
                            && self.holds[next].pointee.buyer == hold.buyer),
                    previous == 0
                        ? self.buyers[hold.buyer].pointee.firstHold == own
                        : self.holds[previous].pointee.buyerNext == own
                else { throw reader.damaged("reservation \(own): its buyer's chain") }
            }
            slot += UInt32(run.count)
        }
    }

    /// The heap of held leases and the chain of free slots have all slots between them.
    mutating func checkLeaseLinks(_ reader: borrowing ImageReader) throws(ImageError) {
        var held = 0
        for slot in 1..<self.leases.end where self.leases[slot].pointee.heapPosition > 0 {
            held += 1
        }
        self.leaseHeap = [UInt32](repeating: 0, count: held + 1)
        for slot in 1..<self.leases.end {
            let lease = self.leases[slot].pointee
            let position = Int(lease.heapPosition)
            if position == 0 { continue }
            guard position <= held, self.leaseHeap[position] == 0, lease.nextFree == 0,
                lease.sale == 0 || self.sales[lease.sale].pointee.lease == slot
            else { throw reader.damaged("lease \(slot) is not where it says") }
            self.leaseHeap[position] = slot
        }
        for position in stride(from: 2, to: held + 1, by: 1) {
            guard
                self.leases[self.leaseHeap[position / 2]].pointee.deadline
                    <= self.leases[self.leaseHeap[position]].pointee.deadline
            else { throw reader.damaged("the heap of leases is out of order") }
        }
        for slot in 1..<self.sales.end where self.sales[slot].pointee.lease != 0 {
            let lease = self.leases[self.sales[slot].pointee.lease].pointee
            guard lease.heapPosition > 0, lease.sale == slot else {
                throw reader.damaged("sale \(slot): its lease is another's")
            }
        }
        var free = 0
        var next = self.freeLease
        while next != 0 {
            guard next < self.leases.end, self.leases[next].pointee.heapPosition == 0,
                free < self.leases.count
            else { throw reader.damaged("the free leases") }
            free += 1
            next = self.leases[next].pointee.nextFree
        }
        guard held + free == self.leases.count else { throw reader.damaged("the free leases") }
    }
}

/// What the lines say of each product.
struct ImageStock: ~Copyable {
    struct Sums {
        var held: Int64 = 0
        var sold: Int64 = 0
        var queued: UInt32 = 0
    }

    /// By product slot.
    let sums: UnsafeMutablePointer<Sums>

    init(productCount: Int) {
        self.sums = .allocate(capacity: productCount + 1)
        self.sums.initialize(repeating: Sums(), count: productCount + 1)
    }

    deinit { self.sums.deallocate() }

    @inline(__always)
    mutating func add(_ line: LineRecord, _ state: ReservationState) {
        let sums = self.sums + Int(line.product)
        if state == .held {
            sums.pointee.held &+= line.quantity
            if line.quantity > 0 { sums.pointee.queued &+= 1 }
        } else if state == .confirmed {
            sums.pointee.sold &+= line.quantity
        }
    }
}

enum ImageCheck {
    /// A count of stock; four of them stay far inside an Int64.
    static func isUnits(_ value: Int64) -> Bool { value >= 0 && value <= 1 << 40 }

    /// A time, with room for a retention behind it.
    static func isTime(_ value: Int64) -> Bool { value > -1 << 60 && value < 1 << 60 }

    /// The record's bytes from an offset on are zero.
    static func isZero<Record>(_ record: UnsafeMutablePointer<Record>, from offset: Int) -> Bool {
        let raw = UnsafeRawPointer(record)
        for index in offset..<MemoryLayout<Record>.stride
        where raw.load(fromByteOffset: index, as: UInt8.self) != 0 {
            return false
        }
        return true
    }
}
