/// A product's live lines by deadline.
///
/// A shard's clock never runs backwards, so holds of one length have deadlines in the order of their making: a list
/// to which lines are appended is sorted for free. Four such lists take four lengths; a line that fits behind none of
/// their tails (an extended hold, a fifth length) goes into a treap over the same two link fields. Insertion is O(1) on
/// the lists, the earliest deadline is the least of five heads, due lines of one product are found at once, nothing
/// cascades and there is no tick. Why not a timing wheel: docs/adr.
struct DeadlineQueues {
    var heads: InlineArray<4, UInt32>
    var tails: InlineArray<4, UInt32>
    /// Deadline of each tail; meaningless while the list is empty.
    var tailDeadlines: InlineArray<4, Int64>
    var treapRoot: UInt32
    var lineCount: UInt32
    /// The least deadline of all; Int64.max when there is no line.
    var earliest: Int64
}

/// Names of the queues as a line keeps them.
enum DeadlineQueue {
    static var listCount: Int { 4 }
    static var treap: UInt8 { 4 }
    static var none: UInt8 { 15 }
}
