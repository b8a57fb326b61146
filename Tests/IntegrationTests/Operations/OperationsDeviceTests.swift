import Foundation
import HoldfastClient
import Testing

/// docs/OPERATIONS.md, "Backup and restore" (d): the blocks of a running server's file system, at one instant.
@Suite(
    "Operations: a snapshot of the block device", .serialized,
    .enabled(if: ImageDisk.isPossible, "an ext4 image cannot be made and mounted here"))
struct OperationsDeviceTests {
    enum Instant: String, CaseIterable, CustomTestStringConvertible {
        case frozen = "the file system is frozen meanwhile, as LVM does"
        case unflushed = "nothing is flushed for it, as a cloud volume or a power cut has it"

        var testDescription: String { self.rawValue }
    }

    private static let instants = 3

    @Test(
        "a server started from the blocks of any instant has all that was answered before it",
        arguments: Instant.allCases)
    func blocksOfAnInstant(_ instant: Instant) async throws {
        let disk = try ImageDisk(megabytes: 48)
        defer { disk.remove() }
        let site = try OperatedSite()
        let (server, _) = try site.start(disk.path + "/data")
        _ = try await KeptSales.load(into: server)
        let crowd = SellingCrowd()
        let selling = Task { try await crowd.run(on: server) }
        var copies: [(image: String, book: SellingCrowd.Book)] = []
        defer { for copy in copies { try? FileManager.default.removeItem(atPath: copy.image) } }
        for number in 0..<Self.instants {
            try await crowd.waitForMore(60)
            // So that there is one, and segments are deleted while the next copy is on its way.
            if number > 0 { #expect(try site.control(server, "snapshot").status == 0) }
            try await crowd.waitForMore(10)
            let book = crowd.book
            let image =
                switch instant {
                case .frozen: try disk.copyFrozen()
                case .unflushed: try disk.copyUnflushed(of: server.processIdentifier)
                }
            copies.append((image, book))
        }
        // It sells on.
        try await crowd.waitForMore(60)
        crowd.stop()
        try await selling.value
        // Never two of one instance at a time.
        server.killHard()
        for (image, book) in copies {
            #expect(book.reserved.count >= 60 && book.confirmed.count >= 20)
            let restored = try ImageDisk(image: image)
            defer { restored.remove() }
            let data = restored.path + "/data"
            let verified = try site.journal("verify", data)
            #expect(verified.status == 0, "\(verified.standardOutput)\(verified.standardError)")
            let (second, log) = try site.start(data)
            #expect(try logLine("journal replayed", in: log)?["stopped_in_order"] == "false")
            try await crowd.expectKept(book, on: second)
            // It goes on like any other.
            var sales = KeptSales()
            try await sales.sell(4, on: second)
            #expect(second.terminate().status == 0)
            let (third, _) = try site.start(data)
            try await crowd.expectKept(book, on: third, others: sales.requests.count)
            #expect(third.terminate().status == 0)
        }
    }
}
