import ArgumentParser
import Glibc
import HoldfastClient

/// How answers are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}

/// What every command takes: where to connect, and how to print.
struct CommonOptions: ParsableArguments {
    @Option(
        name: .customLong("stock-endpoint"),
        help: ArgumentHelp(
            "StockService (HOLDFAST_STOCK_ENDPOINT; default 127.0.0.1:7443).",
            valueName: "host:port"))
    var stockEndpoint: String?

    @Option(
        name: .customLong("admin-endpoint"),
        help: ArgumentHelp(
            "AdminService (HOLDFAST_ADMIN_ENDPOINT; default 127.0.0.1:7444).",
            valueName: "host:port"))
    var adminEndpoint: String?

    @Option(
        name: .customLong("ca"),
        help: ArgumentHelp(
            "CA of the server's certificate (HOLDFAST_CA; default holdfast-dev/certs/ca.pem).",
            valueName: "file"))
    var authorityFile: String?

    @Option(
        name: .customLong("certificate"),
        help: ArgumentHelp(
            "Your certificate (HOLDFAST_CERTIFICATE; default holdfast-dev/certs/admin.pem).",
            valueName: "file"))
    var certificateFile: String?

    @Option(
        name: .customLong("key"),
        help: ArgumentHelp(
            "Its private key (HOLDFAST_KEY; default holdfast-dev/certs/admin.key).",
            valueName: "file"))
    var keyFile: String?

    @Option(
        name: .customLong("timeout-ms"),
        help: ArgumentHelp(
            "Time for a call, repeats included (HOLDFAST_TIMEOUT_MS; default 1000).",
            valueName: "ms"))
    var timeoutMilliseconds: Int?

    @Option(name: .shortAndLong, help: "How to print the answer: table or json.")
    var output = OutputFormat.table

    /// Which of the two ports.
    enum Port {
        case stock, admin
    }

    /// Connects, runs `body`, closes. `body` gives the exit status; an error becomes a line on standard error and its
    /// exit code.
    func withClient(
        _ port: Port, _ body: (HoldfastClient) async throws(HoldfastError) -> ExitReason
    ) async throws {
        let settings = try self.settings()
        let endpoint = port == .stock ? settings.stockEndpoint : settings.adminEndpoint
        var status: ExitReason
        do throws(HoldfastError) {
            let client = try HoldfastClient(configuration: settings.clientConfiguration(endpoint))
            do throws(HoldfastError) {
                status = try await body(client)
            } catch {
                status = Self.report(error)
            }
            await client.close()
        } catch {
            status = Self.report(error)
        }
        if status != .ok { throw status.thrown }
    }

    /// Prints an answer: as JSON, or as tables.
    func show(_ json: JSONValue, _ tables: () -> [Table]) {
        switch self.output {
        case .json: Terminal.output(json.text() + "\n")
        case .table:
            Terminal.output(tables().map { $0.text() }.joined(separator: "\n"))
        }
    }

    func settings() throws -> Settings {
        var flags = Settings.Flags()
        flags.stockEndpoint = self.stockEndpoint
        flags.adminEndpoint = self.adminEndpoint
        flags.authorityFile = self.authorityFile
        flags.certificateFile = self.certificateFile
        flags.keyFile = self.keyFile
        flags.timeoutMilliseconds = self.timeoutMilliseconds
        do throws(Settings.Problem) {
            return try Settings(flags: flags, environment: Terminal.environment)
        } catch {
            Terminal.note("holdfastctl: \(error.text)")
            throw ExitReason.configuration.thrown
        }
    }

    static func report(_ error: HoldfastError) -> ExitReason {
        Terminal.note("holdfastctl: \(error)")
        return ExitReason(error)
    }
}
