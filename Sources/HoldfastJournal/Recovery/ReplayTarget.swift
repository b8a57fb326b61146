package import HoldfastEngine

/// What events are replayed into. Called once for a batch of one shard, not for each event; by one thread for a shard at
/// a time.
package protocol ReplayTarget: AnyObject, Sendable {
    /// All shards, the control shard included.
    var shardCount: Int { get }
    /// The sequence of the newest event that a shard has.
    func sequence(ofShard shard: Int) -> UInt64
    /// Applies events of one shard in order. An event that does not fit is an error; those before it are applied.
    func replay(
        shard: Int, events: UnsafeBufferPointer<UnsafeRawPointer>
    ) throws(ReplayProblem)
}
