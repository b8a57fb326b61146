/// The queues of live lines by deadline, and the heap of products over them. See `DeadlineQueues`.
extension Shard {
    @inline(__always)
    mutating func deadline(ofLine line: UInt32) -> Int64 {
        self.holds[self.lines[line].pointee.hold].pointee.deadline
    }

    /// Puts a live line among its product's deadlines.
    @inline(__always)
    mutating func enqueue(_ slot: UInt32, deadline: Int64) {
        let line = self.lines[slot]
        let product = self.products[line.pointee.product]
        // The fullest fit: the list whose tail is latest but not later than the line.
        var best = -1
        var bestDeadline = Int64.min
        var empty = -1
        for list in 0..<DeadlineQueue.listCount {
            if product.pointee.queues.heads[list] == 0 {
                if empty < 0 { empty = list }
            } else {
                let tail = product.pointee.queues.tailDeadlines[list]
                if tail <= deadline && tail > bestDeadline {
                    best = list
                    bestDeadline = tail
                }
            }
        }
        if best >= 0 {
            let tail = product.pointee.queues.tails[best]
            self.lines[tail].pointee.next = slot
            line.pointee.previous = tail
            line.pointee.next = 0
            line.pointee.queue = UInt8(best)
            product.pointee.queues.tails[best] = slot
            product.pointee.queues.tailDeadlines[best] = deadline
        } else if empty >= 0 {
            line.pointee.previous = 0
            line.pointee.next = 0
            line.pointee.queue = UInt8(empty)
            product.pointee.queues.heads[empty] = slot
            product.pointee.queues.tails[empty] = slot
            product.pointee.queues.tailDeadlines[empty] = deadline
        } else {
            line.pointee.queue = DeadlineQueue.treap
            line.pointee.next = 0
            line.pointee.previous = 0
            let root = product.pointee.queues.treapRoot
            product.pointee.queues.treapRoot = self.treapInserting(
                slot, deadline: deadline, under: root)
        }
        product.pointee.queues.lineCount &+= 1
        if deadline < product.pointee.queues.earliest || product.pointee.heapPosition == 0 {
            product.pointee.queues.earliest = deadline
            self.heapUpdate(line.pointee.product)
        }
    }

    /// Takes a line out, wherever it stands. The hold still has the deadline under which it was put in.
    @inline(__always)
    mutating func dequeue(_ slot: UInt32) {
        let line = self.lines[slot]
        let queue = line.pointee.queue
        if queue == DeadlineQueue.none { return }
        let productSlot = line.pointee.product
        let product = self.products[productSlot]
        let deadline = self.deadline(ofLine: slot)
        if queue == DeadlineQueue.treap {
            let root = product.pointee.queues.treapRoot
            product.pointee.queues.treapRoot = self.treapRemoving(
                slot, deadline: deadline, under: root)
        } else {
            let list = Int(queue)
            let next = line.pointee.next
            let previous = line.pointee.previous
            if previous == 0 {
                product.pointee.queues.heads[list] = next
            } else {
                self.lines[previous].pointee.next = next
            }
            if next == 0 {
                product.pointee.queues.tails[list] = previous
                if previous != 0 {
                    product.pointee.queues.tailDeadlines[list] = self.deadline(ofLine: previous)
                }
            } else {
                self.lines[next].pointee.previous = previous
            }
        }
        line.pointee.queue = DeadlineQueue.none
        line.pointee.next = 0
        line.pointee.previous = 0
        product.pointee.queues.lineCount &-= 1
        if deadline == product.pointee.queues.earliest {
            let earliest = self.earliestLine(of: productSlot)
            let least = earliest == 0 ? Int64.max : self.deadline(ofLine: earliest)
            if least != deadline {
                product.pointee.queues.earliest = least
                if earliest == 0 {
                    self.heapRemove(productSlot)
                } else {
                    self.heapUpdate(productSlot)
                }
            }
        }
    }

    /// The product's live line with the least deadline, 0: none.
    mutating func earliestLine(of productSlot: UInt32) -> UInt32 {
        let product = self.products[productSlot]
        var best: UInt32 = 0
        var bestDeadline = Int64.max
        for list in 0..<DeadlineQueue.listCount {
            let head = product.pointee.queues.heads[list]
            if head == 0 { continue }
            let deadline = self.deadline(ofLine: head)
            if best == 0 || deadline < bestDeadline {
                best = head
                bestDeadline = deadline
            }
        }
        var node = product.pointee.queues.treapRoot
        if node != 0 {
            while self.lines[node].pointee.previous != 0 {
                node = self.lines[node].pointee.previous
            }
            if best == 0 || self.deadline(ofLine: node) < bestDeadline { best = node }
        }
        return best
    }

    // MARK: - Treap (Seidel and Aragon): next = later child, previous = earlier child

    /// A line's fixed priority; any mixing of the slot does.
    @inline(__always)
    mutating func priority(_ slot: UInt32) -> UInt64 {
        var value = UInt64(slot) &* 0x9e37_79b9_7f4a_7c15
        value ^= value &>> 29
        return value &* 0xbf58_476d_1ce4_e5b9
    }

    @inline(__always)
    private mutating func isBefore(_ left: UInt32, _ leftDeadline: Int64, _ right: UInt32) -> Bool {
        let rightDeadline = self.deadline(ofLine: right)
        return leftDeadline < rightDeadline || (leftDeadline == rightDeadline && left < right)
    }

    private mutating func treapInserting(
        _ slot: UInt32, deadline: Int64, under root: UInt32
    ) -> UInt32 {
        if root == 0 { return slot }
        if self.priority(slot) > self.priority(root) {
            let (earlier, later) = self.treapSplit(root, at: slot, deadline)
            self.lines[slot].pointee.previous = earlier
            self.lines[slot].pointee.next = later
            return slot
        }
        let node = self.lines[root]
        if self.isBefore(slot, deadline, root) {
            node.pointee.previous = self.treapInserting(
                slot, deadline: deadline, under: node.pointee.previous)
        } else {
            node.pointee.next = self.treapInserting(
                slot, deadline: deadline, under: node.pointee.next)
        }
        return root
    }

    private mutating func treapSplit(
        _ root: UInt32, at slot: UInt32, _ deadline: Int64
    ) -> (UInt32, UInt32) {
        if root == 0 { return (0, 0) }
        let node = self.lines[root]
        if self.isBefore(slot, deadline, root) {
            let (earlier, later) = self.treapSplit(node.pointee.previous, at: slot, deadline)
            node.pointee.previous = later
            return (earlier, root)
        }
        let (earlier, later) = self.treapSplit(node.pointee.next, at: slot, deadline)
        node.pointee.next = earlier
        return (root, later)
    }

    private mutating func treapRemoving(
        _ slot: UInt32, deadline: Int64, under root: UInt32
    ) -> UInt32 {
        precondition(root != 0, "a line is not in its treap")
        let node = self.lines[root]
        if root == slot {
            return self.treapMerge(node.pointee.previous, node.pointee.next)
        }
        if self.isBefore(slot, deadline, root) {
            node.pointee.previous = self.treapRemoving(
                slot, deadline: deadline, under: node.pointee.previous)
        } else {
            node.pointee.next = self.treapRemoving(
                slot, deadline: deadline, under: node.pointee.next)
        }
        return root
    }

    private mutating func treapMerge(_ earlier: UInt32, _ later: UInt32) -> UInt32 {
        if earlier == 0 { return later }
        if later == 0 { return earlier }
        if self.priority(earlier) > self.priority(later) {
            self.lines[earlier].pointee.next = self.treapMerge(
                self.lines[earlier].pointee.next, later)
            return earlier
        }
        self.lines[later].pointee.previous = self.treapMerge(
            earlier, self.lines[later].pointee.previous)
        return later
    }
}
