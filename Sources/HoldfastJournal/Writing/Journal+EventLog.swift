/// What the owner of the shards tells and asks.
extension Journal {
    package func noteLiveHolds(_ count: Int) { self.liveHolds = count }

    package var backlogByteCount: Int { self.backlogBytes }
}
