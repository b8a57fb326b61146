import Glibc
import HoldfastClient

/// A file read and checked as far as this side can.
struct ImportFile {
    var sale: Sale
    var productLines: [Int]
    var purchaseLines: [Int]
    var rejects: ImportRejects
    /// A CSV says nothing of the sale itself.
    var isConfigurationAbsent: Bool

    /// Window or currency must come from the sale that exists.
    var needsConfiguration: Bool {
        self.isConfigurationAbsent || self.sale.startsAtMilliseconds == 0
            || self.sale.endsAtMilliseconds == 0 || self.sale.currency.isEmpty
    }

    static func load(_ path: String, _ format: PreloadCommand.FileFormat) throws -> ImportFile {
        switch format {
        case .csv:
            var csv = CSVImport()
            try self.read(path) { csv.feed($0) }
            csv.finish()
            Terminal.endProgress()
            return ImportFile(
                sale: Sale(saleID: "", products: csv.products, purchases: csv.purchases),
                productLines: csv.productLines, purchaseLines: csv.purchaseLines,
                rejects: csv.rejects, isConfigurationAbsent: true)
        case .json:
            var bytes: [UInt8] = []
            try self.read(path) { bytes += $0 }
            let json = JSONImport(bytes)
            Terminal.endProgress()
            return ImportFile(
                sale: json.sale ?? Sale(saleID: ""), productLines: json.productLines,
                purchaseLines: json.purchaseLines, rejects: json.rejects,
                isConfigurationAbsent: false)
        }
    }

    /// Takes what the file does not say from the sale as it is, so that loading rows changes nothing else.
    mutating func fill(from known: SaleSummary?) {
        guard let known else { return }
        if self.sale.startsAtMilliseconds == 0 {
            self.sale.startsAtMilliseconds = known.startsAtMilliseconds
        }
        if self.sale.endsAtMilliseconds == 0 {
            self.sale.endsAtMilliseconds = known.endsAtMilliseconds
        }
        if self.sale.currency.isEmpty { self.sale.currency = known.currency }
        guard self.isConfigurationAbsent else { return }
        self.sale.name = known.name
        self.sale.holdMilliseconds = known.holdMilliseconds
        self.sale.limitPerUser = known.limitPerUser
    }

    /// Reads a file, or standard input for `-`, piece by piece.
    static func read(_ path: String, _ body: ([UInt8]) -> Void) throws {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw self.unreadable(path) }
        defer { if path != "-" { close(descriptor) } }
        var total = 0
        var buffer = [UInt8](repeating: 0, count: 256 * 1024)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw self.unreadable(path) }
            if count == 0 { return }
            total += count
            // 200,000 rows of the longest fields fit many times.
            guard total <= 1 << 30 else {
                Terminal.note("holdfastctl: \(path) has more than 1 GiB; that is no import")
                throw ExitReason.badData.thrown
            }
            Terminal.progress("reading \(path): \(total / 1_024) KiB")
            body(Array(buffer[..<count]))
        }
    }

    private static func unreadable(_ path: String) -> any Error {
        Terminal.note("holdfastctl: \(path) cannot be read: \(String(cString: strerror(errno)))")
        return ExitReason.badData.thrown
    }
}

/// What flags say of the sale.
struct SaleOverrides {
    var saleID: String?
    var name: String?
    var startsAtMilliseconds: Int?
    var endsAtMilliseconds: Int?
    var currency: String?
    var holdMilliseconds: Int?
    var limitPerUser: Int?
    var state: SaleState?

    func apply(to sale: inout Sale) {
        if let value = self.saleID { sale.saleID = value }
        if let value = self.name { sale.name = value }
        if let value = self.startsAtMilliseconds { sale.startsAtMilliseconds = value }
        if let value = self.endsAtMilliseconds { sale.endsAtMilliseconds = value }
        if let value = self.currency { sale.currency = value }
        if let value = self.holdMilliseconds { sale.holdMilliseconds = value }
        if let value = self.limitPerUser { sale.limitPerUser = value }
        if let value = self.state { sale.state = value }
    }
}
