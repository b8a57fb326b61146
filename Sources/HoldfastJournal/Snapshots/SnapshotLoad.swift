internal import HoldfastEngine
internal import Synchronization

/// The shards of a snapshot that are still to be loaded, for several threads. The first failure ends all of them.
final class SnapshotLoad: Sendable {
    private struct State {
        var next = 0
        var failure: JournalFailure?
    }

    private let reader: SnapshotReader
    private let extents: [SnapshotReader.Extent]
    private let load: @Sendable (Int, any ImageSource) throws(ImageError) -> Void
    private let state = Mutex(State())

    init(
        _ reader: SnapshotReader, _ extents: [SnapshotReader.Extent],
        _ load: @escaping @Sendable (Int, any ImageSource) throws(ImageError) -> Void
    ) {
        self.reader = reader
        // Large ones first, so that no thread begins the largest when the others are done.
        self.extents = extents.sorted { $0.end - $0.offset > $1.end - $1.offset }
        self.load = load
    }

    var failure: JournalFailure? { self.state.withLock { $0.failure } }

    func run() {
        while true {
            let extent = self.state.withLock { state -> SnapshotReader.Extent? in
                guard state.failure == nil, state.next < self.extents.count else { return nil }
                defer { state.next += 1 }
                return self.extents[state.next]
            }
            guard let extent else { return }
            let source = SnapshotReader.ChunkSource(self.reader, extent)
            do throws(ImageError) {
                try self.load(extent.shard, source)
            } catch {
                self.fail(
                    source.failure
                        ?? JournalFailure(
                            .damaged,
                            "snapshot \(self.reader.info.path), shard \(extent.shard): \(error)",
                            hint: "an older snapshot or the journal may still have everything; "
                                + "else restore a backup, and report this"))
                return
            }
            if let failure = source.failure { self.fail(failure) }
        }
    }

    private func fail(_ failure: JournalFailure) {
        self.state.withLock { if $0.failure == nil { $0.failure = failure } }
    }
}
