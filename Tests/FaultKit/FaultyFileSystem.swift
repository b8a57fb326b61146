internal import Glibc
package import HoldfastJournal
internal import Synchronization

/// The real file system, whose k-th call fails as a test says; counts and keeps what was called. Any thread.
///
/// `close` is neither counted nor failed: nobody can react to it, and a test must not leak descriptors.
package final class FaultyFileSystem: FileSystem {
    package enum Kind: Hashable, Sendable, CaseIterable {
        case open, read, write, synchronizeData, synchronize, byteCount, truncate, rename, unlink
        case makeDirectory, list, status, lock
    }

    package enum Fault: Sendable, Equatable {
        /// Nothing is done.
        case fail(Int32)
        /// Reads and writes move about half, whole sectors if there are several; other calls work.
        case short
        /// The process ends here: this call does nothing or lands in part, later ones do nothing; all throw `killed`.
        case kill(Landing)
    }

    /// What of a killed write is on the disk.
    package enum Landing: Sendable, Equatable {
        case nothing
        /// The first bytes.
        case prefix(Int)
        /// Each sector of 512 bytes or not, as the seed has it.
        case sectors(seed: UInt64)
        case everything

        /// One of each sort, and of those with numbers some.
        package static let samples: [Landing] = [
            .nothing, .everything, .prefix(512), .prefix(4_096 + 700), .sectors(seed: 1),
            .sectors(seed: 2),
        ]
    }

    package struct Plan: Sendable {
        /// Counts from 1, over the kinds named.
        package var callNumber: Int
        package var kinds: Set<Kind> = Set(Kind.allCases)
        package var fault: Fault
        /// All later calls of the kinds as well.
        package var isForEver = false
        /// Only paths that contain this.
        package var pathContains = ""

        package init(
            callNumber: Int, kinds: Set<Kind> = Set(Kind.allCases), fault: Fault,
            isForEver: Bool = false, pathContains: String = ""
        ) {
            self.callNumber = callNumber
            self.kinds = kinds
            self.fault = fault
            self.isForEver = isForEver
            self.pathContains = pathContains
        }
    }

    package struct Call: Sendable, Equatable {
        package var kind: Kind
        package var path: String
        package var offset = 0
        package var byteCount = 0
        package var isSynchronous = false
        /// Filled in when it returned: whether it did its work.
        package var hasSucceeded = false
    }

    /// In FileError.code of calls after a kill; no errno.
    package static let killed: Int32 = 9_999

    private struct State {
        var plan: Plan?
        var matching = 0
        var isKilled = false
        var isDetached = false
        var faultCount = 0
        var calls: [Call] = []
    }

    private let base = LinuxFileSystem()
    private let nothing = NothingFileSystem()
    private let state: Mutex<State>
    /// Called before each call, without a lock: to hold a thread at a place.
    private let before: (@Sendable (Call) -> Void)?

    package init(_ plan: Plan? = nil, before: (@Sendable (Call) -> Void)? = nil) {
        self.state = Mutex(State(plan: plan))
        self.before = before
    }

    /// Everything called so far, in order of begin.
    package var calls: [Call] { self.state.withLock { $0.calls } }
    package var callCount: Int { self.state.withLock { $0.calls.count } }
    /// How often the plan took effect.
    package var faultCount: Int { self.state.withLock { $0.faultCount } }
    package var isKilled: Bool { self.state.withLock { $0.isKilled } }

    /// From now on nothing reaches the disk, and everything that is called seems to go well: the threads of a killed
    /// process come to their ends as if it lived, without leaving a trace.
    package func detach() { self.state.withLock { $0.isDetached = true } }

    /// From now on, counting anew.
    package func set(_ plan: Plan?) {
        self.state.withLock {
            $0.plan = plan
            $0.matching = 0
        }
    }

    private func begin(_ call: Call) throws(FileError) -> (index: Int, fault: Fault?) {
        self.before?(call)
        let found: (index: Int, fault: Fault?) = self.state.withLock { state in
            state.calls.append(call)
            let index = state.calls.count - 1
            if state.isDetached { return (index, nil) }
            if state.isKilled { return (index, .fail(Self.killed)) }
            guard let plan = state.plan, plan.kinds.contains(call.kind),
                plan.pathContains.isEmpty || call.path.contains(plan.pathContains)
            else { return (index, nil) }
            state.matching += 1
            let isHit =
                plan.isForEver
                ? state.matching >= plan.callNumber : state.matching == plan.callNumber
            guard isHit else { return (index, nil) }
            state.faultCount += 1
            if case .kill = plan.fault { state.isKilled = true }
            return (index, plan.fault)
        }
        if case .fail(let code) = found.fault {
            throw FileError(operation: "\(call.kind)", path: call.path, code: code)
        }
        if case .kill = found.fault, call.kind != .write {
            throw FileError(operation: "\(call.kind)", path: call.path, code: Self.killed)
        }
        return found
    }

    private var target: any FileSystem {
        self.state.withLock { $0.isDetached } ? self.nothing : self.base
    }

    private func end(_ index: Int) { self.state.withLock { $0.calls[index].hasSucceeded = true } }

    private func run<Result>(
        _ call: Call, _ body: (Fault?) throws(FileError) -> Result
    ) throws(FileError) -> Result {
        let (index, fault) = try self.begin(call)
        let result = try body(fault)
        self.end(index)
        return result
    }

    package func open(_ path: String, _ mode: FileMode) throws(FileError) -> Int32 {
        try self.run(Call(kind: .open, path: path)) { _ throws(FileError) in
            try self.target.open(path, mode)
        }
    }

    package func close(_ file: Int32, _ path: String) { self.base.close(file, path) }

    package func read(
        _ file: Int32, _ path: String, into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(FileError) -> Int {
        let call = Call(kind: .read, path: path, offset: offset, byteCount: buffer.count)
        return try self.run(call) { fault throws(FileError) in
            let count = fault == .short ? Self.half(buffer.count) : buffer.count
            return try self.target.read(
                file, path, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]),
                at: offset)
        }
    }

    package func write(
        _ file: Int32, _ path: String, _ bytes: UnsafeRawBufferPointer, at offset: Int,
        isSynchronous: Bool
    ) throws(FileError) -> Int {
        let call = Call(
            kind: .write, path: path, offset: offset, byteCount: bytes.count,
            isSynchronous: isSynchronous)
        return try self.run(call) { fault throws(FileError) in
            if case .kill(let landing) = fault {
                self.land(bytes, path, offset, landing)
                throw FileError(operation: "write", path: path, code: Self.killed)
            }
            let count = fault == .short ? Self.half(bytes.count) : bytes.count
            return try self.target.write(
                file, path, UnsafeRawBufferPointer(rebasing: bytes[..<count]), at: offset,
                isSynchronous: isSynchronous)
        }
    }

    package func synchronizeData(_ file: Int32, _ path: String) throws(FileError) {
        try self.run(Call(kind: .synchronizeData, path: path)) { _ throws(FileError) in
            try self.target.synchronizeData(file, path)
        }
    }

    package func synchronize(_ file: Int32, _ path: String) throws(FileError) {
        try self.run(Call(kind: .synchronize, path: path)) { _ throws(FileError) in
            try self.target.synchronize(file, path)
        }
    }

    package func byteCount(_ file: Int32, _ path: String) throws(FileError) -> Int {
        try self.run(Call(kind: .byteCount, path: path)) { _ throws(FileError) in
            try self.target.byteCount(file, path)
        }
    }

    package func truncate(_ file: Int32, _ path: String, to byteCount: Int) throws(FileError) {
        try self.run(Call(kind: .truncate, path: path, byteCount: byteCount)) {
            _ throws(FileError) in
            try self.target.truncate(file, path, to: byteCount)
        }
    }

    package func rename(_ source: String, to target: String) throws(FileError) {
        try self.run(Call(kind: .rename, path: source)) { _ throws(FileError) in
            try self.target.rename(source, to: target)
        }
    }

    package func unlink(_ path: String) throws(FileError) {
        try self.run(Call(kind: .unlink, path: path)) { _ throws(FileError) in
            try self.target.unlink(path)
        }
    }

    package func makeDirectory(_ path: String) throws(FileError) {
        try self.run(Call(kind: .makeDirectory, path: path)) { _ throws(FileError) in
            try self.target.makeDirectory(path)
        }
    }

    package func list(_ path: String) throws(FileError) -> [String] {
        try self.run(Call(kind: .list, path: path)) { _ throws(FileError) in
            try self.target.list(path)
        }
    }

    package func status(_ path: String) throws(FileError) -> FileStatus {
        try self.run(Call(kind: .status, path: path)) { _ throws(FileError) in
            try self.target.status(path)
        }
    }

    package func lock(_ file: Int32, _ path: String) throws(FileError) {
        try self.run(Call(kind: .lock, path: path)) { _ throws(FileError) in
            try self.target.lock(file, path)
        }
    }

    /// Half, at least one byte; of whole sectors a whole number, as devices do.
    private static func half(_ count: Int) -> Int {
        if count == 512 { return 512 }
        if count > 1_024 { return count / 2 & ~511 }
        return count > 512 ? 512 : max(1, count / 2)
    }

    /// Through a descriptor of its own without O_DIRECT, since parts of sectors may be asked for.
    private func land(
        _ bytes: UnsafeRawBufferPointer, _ path: String, _ offset: Int, _ landing: Landing
    ) {
        guard landing != .nothing, let file = try? self.base.open(path, .write) else { return }
        defer { self.base.close(file, path) }
        func put(_ range: Range<Int>) {
            guard !range.isEmpty else { return }
            _ = try? self.base.write(
                file, path, UnsafeRawBufferPointer(rebasing: bytes[range]),
                at: offset + range.lowerBound, isSynchronous: false)
        }
        switch landing {
        case .nothing: break
        case .everything: put(0..<bytes.count)
        case .prefix(let count): put(0..<min(count, bytes.count))
        case .sectors(let seed):
            var state = seed
            for start in stride(from: 0, to: bytes.count, by: 512) {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                if state >> 63 == 1 { put(start..<min(start + 512, bytes.count)) }
            }
        }
    }
}
