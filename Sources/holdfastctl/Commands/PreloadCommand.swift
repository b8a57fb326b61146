import ArgumentParser
import HoldfastClient

struct PreloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preload",
        abstract: "Loads a sale, products or earlier purchases from a file.",
        discussion: """
            FILE.json has one sale with its products and purchases. FILE.csv has a header and one row a \
            product (product_id,total[,name,price_minor,limit_per_user,state]) or one row a purchase \
            (user_id,product_id,quantity[,order_ref]); it needs --sale, and for a sale that does not exist \
            yet --starts-at, --ends-at and --currency. "-" reads standard input and needs --format.

            The whole file is checked before anything is sent, and nothing of it is visible before all of \
            it has arrived. Existing stock is never overwritten; purchases set a buyer's imported count.
            """)

    @Argument(help: "The file.") var file: String
    @Option(help: "csv or json, if the name does not say it.") var format: FileFormat?
    @Option(help: "The sale.") var sale: String?
    @Option(name: .customLong("sale-name"), help: "The sale's name.") var name: String?
    @Option(
        name: .customLong("starts-at"),
        help: "Begin of the window: Unix milliseconds or 2026-11-23T10:00:00Z.")
    var startsAt: String?
    @Option(name: .customLong("ends-at"), help: "End of the window.") var endsAt: String?
    @Option(help: "ISO 4217 code of all prices.") var currency: String?
    @Option(name: .customLong("hold-ms"), help: "Default hold time.") var holdMilliseconds: Int?
    @Option(name: .customLong("limit-per-user"), help: "Limit over the whole sale, 0 none.")
    var limitPerUser: Int?
    @Option(help: "open, paused or closed; a new sale starts open.") var state: String?
    @Flag(name: .customLong("dry-run"), help: "Full check by the server too; nothing changes.")
    var dryRun = false
    @Option(
        name: .customLong("import-id"),
        help: "Names the import; give the one of an interrupted import to go on with it.")
    var importID: String?
    @OptionGroup var lease: LeaseOptions
    @OptionGroup var common: CommonOptions

    /// What a file can be.
    enum FileFormat: String, ExpressibleByArgument, CaseIterable {
        case csv, json
    }

    func run() async throws {
        let importID = try Parsing.requestID(orUsage: self.importID)
        let overrides = try self.overrides()
        let lease = try self.lease.proof()
        var loaded = try ImportFile.load(self.file, try self.fileFormat())
        overrides.apply(to: &loaded.sale)
        if loaded.sale.saleID.isEmpty {
            throw ValidationError("The file does not name its sale: give --sale.")
        }
        guard loaded.rejects.isEmpty else { throw self.refuse(loaded.rejects) }
        try await self.common.withClient(.admin) { server throws(HoldfastError) in
            var loaded = loaded
            var isNew = false
            if loaded.needsConfiguration {
                let known = try await server.allSales()
                    .first { Array($0.saleID.utf8) == Array(loaded.sale.saleID.utf8) }
                loaded.fill(from: known)
                isNew = known == nil
                // The flags go before what the sale has.
                overrides.apply(to: &loaded.sale)
            }
            let wrong = loaded.sale.configurationRejects
            guard wrong.isEmpty else {
                if isNew {
                    Terminal.note(
                        "holdfastctl: the sale \(loaded.sale.saleID) does not exist yet: "
                            + "give --starts-at, --ends-at and --currency")
                }
                self.show(rejects: wrong.listed, count: wrong.count)
                return .badData
            }
            let run = PreloadRun(
                plan: ImportPlan(
                    loaded.sale, importID: importID, validateOnly: self.dryRun, lease: lease),
                productLines: loaded.productLines, purchaseLines: loaded.purchaseLines,
                timeout: .milliseconds(max(10_000, self.common.timeoutMilliseconds ?? 0)))
            Terminal.note("import id \(importID)")
            let result = try await run.send(server)
            guard result.rejects.isEmpty else {
                self.show(rejects: result.rejects, count: result.rejects.count)
                return .badData
            }
            self.common.show(result.json) { result.tables() }
            return .ok
        }
    }

    private func fileFormat() throws -> FileFormat {
        if let format = self.format { return format }
        if self.file.lowercased().hasSuffix(".csv") { return .csv }
        if self.file.lowercased().hasSuffix(".json") { return .json }
        throw ValidationError("Say what \"\(self.file)\" is: --format csv or --format json.")
    }

    private func overrides() throws -> SaleOverrides {
        var overrides = SaleOverrides()
        overrides.saleID = self.sale
        overrides.name = self.name
        overrides.currency = self.currency
        overrides.holdMilliseconds = self.holdMilliseconds
        overrides.limitPerUser = self.limitPerUser
        for (text, flag, field) in [
            (self.startsAt, "--starts-at", \SaleOverrides.startsAtMilliseconds),
            (self.endsAt, "--ends-at", \SaleOverrides.endsAtMilliseconds),
        ] {
            guard let text else { continue }
            guard let milliseconds = TimeText.milliseconds(text) else {
                throw ValidationError(
                    "\(flag) \"\(text)\" is neither Unix milliseconds nor a time like "
                        + "2026-11-23T10:00:00Z.")
            }
            overrides[keyPath: field] = milliseconds
        }
        if let text = self.state {
            guard let state = SaleState(name: text), state != .sealed else {
                throw ValidationError("--state must be open, paused or closed.")
            }
            overrides.state = state
        }
        return overrides
    }

    private func refuse(_ rejects: ImportRejects) -> ExitCode {
        self.show(rejects: rejects.listed, count: rejects.count)
        return ExitReason.badData.thrown
    }

    /// Refused rows are what this command found out: they are data.
    private func show(rejects found: [ImportReject], count: Int) {
        let rejects = found.sorted { $0.line < $1.line }
        let json = JSONValue.object([
            ("outcome", .string(PreloadOutcome.rejected.protocolName)),
            ("rejectCount", .integer(count)),
            (
                "rejects",
                .array(
                    rejects.map {
                        .object([
                            ("line", .integer($0.line)), ("column", .string($0.column)),
                            ("reason", .string($0.reason)),
                        ])
                    })
            ),
        ])
        self.common.show(json) {
            var table = Table(">LINE", "COLUMN", "REASON")
            for reject in rejects {
                table.add(
                    reject.line == 0 ? "-" : String(reject.line), reject.column, reject.reason)
            }
            return [table]
        }
        let more = count > rejects.count ? ", \(rejects.count) of them shown" : ""
        let errors = count == 1 ? "1 error" : "\(count) errors"
        Terminal.note("holdfastctl: \(errors) in \(self.file)\(more); nothing was loaded")
    }
}
