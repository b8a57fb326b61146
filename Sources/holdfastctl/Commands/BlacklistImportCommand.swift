import ArgumentParser
import Glibc
import HoldfastClient

struct BlacklistImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Adds the entries of a file of JSON Lines.",
        discussion: """
            One entry a line: {"user_id":"…"} or "device_id" or "network", with "expires_at_ms" (0 or absent: for good), \
            "reason" and "source"; what export writes. "-" reads standard input.

            The whole file is checked, here and by the server, before the first entry is added; every line that is wrong is \
            named. Entries whose end has passed are left out. Values that are listed already are replaced, so that an import \
            that was cut short is simply run again.
            """)

    @Argument(help: "The file.") var file: String
    @Flag(help: "Bars wide ranges without asking.") var yes = false
    @Flag(name: .customLong("dry-run"), help: "Full check; nothing changes.") var dryRun = false
    @OptionGroup var common: CommonOptions

    func run() async throws {
        var bytes: [UInt8] = []
        try ImportFile.read(self.file) { bytes += $0 }
        Terminal.endProgress()
        let file = BlacklistLines(bytes)
        guard file.rejects.isEmpty else {
            for reject in file.rejects.listed { Terminal.note("holdfastctl: \(reject)") }
            Terminal.note("holdfastctl: \(file.rejects.count) mistakes; nothing was sent")
            throw ExitReason.badData.thrown
        }
        try await self.common.withClient(.admin) { server throws(HoldfastError) in
            var run = BlacklistImport(file: file)
            guard try await run.check(server) else { return .badData }
            if run.hasWide && !self.yes && !self.dryRun {
                guard
                    Terminal.ask(
                        "Bar them? [y/N] ", hint: "give --yes to bar them without being asked")
                else { return .negative }
            }
            if !self.dryRun { try await run.send(server) }
            let shown = run
            self.common.show(shown.json) { [shown.table] }
            return .ok
        }
    }
}

/// Sends a file's entries, first to be checked, then for good.
struct BlacklistImport {
    /// Calls on their way at a time.
    private static let callsMax = 8

    private let file: BlacklistLines
    /// Ranges of the entries of each call.
    private let chunks: [Range<Int>]
    private(set) var hasWide = false
    private var added = 0
    private var replaced = 0
    private var lapsed = 0

    init(file: BlacklistLines) {
        self.file = file
        self.chunks = stride(
            from: 0, to: file.entries.count, by: BlacklistAddRequest.entriesMax
        ).map { $0..<min($0 + BlacklistAddRequest.entriesMax, file.entries.count) }
    }

    var json: JSONValue {
        .object([
            ("entries", .integer(self.file.entries.count)), ("added", .integer(self.added)),
            ("replaced", .integer(self.replaced)), ("lapsed", .integer(self.lapsed)),
        ])
    }

    var table: Table {
        Table(pairs: [
            ("entries", String(self.file.entries.count)), ("added", String(self.added)),
            ("replaced", String(self.replaced)), ("lapsed", String(self.lapsed)),
        ])
    }

    /// The server's check of everything; nothing changes. False: lines are wrong, and were named.
    mutating func check(_ server: HoldfastClient) async throws(HoldfastError) -> Bool {
        var mistakes = 0
        var hasWide = false
        try await self.forEachChunk(server, confirmWide: false, validateOnly: true) {
            file, chunk, result throws(HoldfastError) in
            switch result {
            case .success(let response):
                for (index, line) in response.results.enumerated() where line.outcome == .wide {
                    hasWide = true
                    let entry = file.entries[chunk.lowerBound + index]
                    Terminal.note(
                        "line \(file.lines[chunk.lowerBound + index]): \(entry.value.text) would "
                            + "bar \(line.addressesHit) of the \(response.addressesSeen) "
                            + "different addresses seen lately")
                }
            case .failure(let error):
                guard !error.fieldViolations.isEmpty else { throw error }
                for violation in error.fieldViolations {
                    mistakes += 1
                    let line = Self.index(in: violation.field).map {
                        "line \(file.lines[chunk.lowerBound + $0])"
                    }
                    Terminal.note(
                        "holdfastctl: \(line ?? violation.field): \(violation.description)")
                }
            }
        }
        self.hasWide = hasWide
        if mistakes > 0 { Terminal.note("holdfastctl: \(mistakes) mistakes; nothing was added") }
        return mistakes == 0
    }

    /// Adds everything.
    mutating func send(_ server: HoldfastClient) async throws(HoldfastError) {
        var added = 0
        var replaced = 0
        var lapsed = 0
        try await self.forEachChunk(server, confirmWide: true, validateOnly: false) {
            _, _, result throws(HoldfastError) in
            for line in try result.get().results {
                switch line.outcome {
                case .added: added += 1
                case .replaced: replaced += 1
                case .lapsed: lapsed += 1
                default: break
                }
            }
        }
        self.added = added
        self.replaced = replaced
        self.lapsed = lapsed
    }

    private typealias Answer = Result<BlacklistAddResponse, HoldfastError>

    /// One call a chunk, a few at a time; answers in any order. After an answer that throws no more are sent.
    private func forEachChunk(
        _ server: HoldfastClient, confirmWide: Bool, validateOnly: Bool,
        _ body: (BlacklistLines, Range<Int>, Answer) throws(HoldfastError) -> Void
    ) async throws(HoldfastError) {
        let file = self.file
        let chunks = self.chunks
        defer { Terminal.endProgress() }
        let failure = await withTaskGroup(of: (Range<Int>, Answer).self) { group in
            var next = 0
            var done = 0
            var failure: HoldfastError?
            func start() {
                guard next < chunks.count, failure == nil else { return }
                let chunk = chunks[next]
                next += 1
                let request = BlacklistAddRequest(
                    entries: Array(file.entries[chunk]), confirmWide: confirmWide,
                    validateOnly: validateOnly)
                group.addTask {
                    do throws(HoldfastError) {
                        return (chunk, .success(try await server.blacklistAdd(request)))
                    } catch {
                        return (chunk, .failure(error))
                    }
                }
            }
            for _ in 0..<Self.callsMax { start() }
            while let (chunk, answer) = await group.next() {
                done += chunk.count
                Terminal.progress(
                    "\(validateOnly ? "checking" : "adding") \(done) of \(file.entries.count)")
                do throws(HoldfastError) {
                    try body(file, chunk, answer)
                } catch {
                    failure = failure ?? error
                }
                start()
            }
            return failure
        }
        if let failure { throw failure }
    }

    /// 3 of `entries[3].network`.
    private static func index(in field: String) -> Int? {
        guard field.hasPrefix("entries["), let end = field.firstIndex(of: "]") else { return nil }
        return Int(field[field.index(field.startIndex, offsetBy: 8)..<end])
    }
}
