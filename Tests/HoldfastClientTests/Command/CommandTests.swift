import HoldfastClient
import Testing
import holdfastctl

@Suite struct CommandTests {
    @Test func wideCharactersCountTwiceAndMarksNotAtAll() {
        let table: [(String, Int)] = [
            ("", 0), ("sku", 3), ("秒杀", 4), ("ｆｕｌｌ", 8), ("한국", 4), ("かな", 4), ("é", 1),
            ("e\u{301}", 1), ("😀", 2), ("👨‍👩‍👧", 2), ("🇨🇳", 2), ("☎️", 2), ("a\u{200B}b", 2), ("…", 1),
        ]
        for (text, cells) in table { #expect(DisplayWidth.cells(text) == cells, "\(text)") }
    }

    @Test func tableStandsStraightWithChineseNames() {
        var table = Table("PRODUCT", "NAME", ">TOTAL")
        table.add("秒杀-1", "限量球鞋", "5")
        table.add("b", "plain", "1000")
        #expect(
            table.text() == """
                PRODUCT  NAME      TOTAL
                秒杀-1   限量球鞋      5
                b        plain      1000

                """)
    }

    @Test func namesCannotMoveTheCursor() {
        var table = Table("NAME")
        table.add("a\u{1B}[2Jb\u{9B}c\n")
        #expect(table.text() == "NAME\na\u{FFFD}[2Jb\u{FFFD}c\u{FFFD}\n")
    }

    @Test func flagsGoBeforeTheEnvironmentBeforeDefaults() throws {
        let environment = ["HOLDFAST_STOCK_ENDPOINT": "env:1", "HOLDFAST_TIMEOUT_MS": "250"]
        var settings = try Settings(flags: .init(), environment: [:])
        #expect(settings.stockEndpoint == .init(host: "127.0.0.1", port: 7443))
        #expect(settings.adminEndpoint == .init(host: "127.0.0.1", port: 7444))
        #expect(settings.keyFile == "holdfast-dev/certs/admin.key")
        #expect(settings.timeoutMilliseconds == 1_000)
        settings = try Settings(flags: .init(), environment: environment)
        #expect(settings.stockEndpoint == .init(host: "env", port: 1))
        #expect(settings.timeoutMilliseconds == 250)
        var flags = Settings.Flags()
        flags.stockEndpoint = "flag:2"
        flags.authorityFile = "mine.pem"
        settings = try Settings(flags: flags, environment: environment)
        #expect(settings.stockEndpoint == .init(host: "flag", port: 2))
        #expect(settings.authorityFile == "mine.pem")
        #expect(throws: Settings.Problem.self) {
            try Settings(flags: .init(), environment: ["HOLDFAST_TIMEOUT_MS": "0"])
        }
    }

    @Test func endpointsAreHostsWithPorts() {
        let table: [(String, String?, UInt16)] = [
            ("a", "a", 9), ("a:1", "a", 1), ("[::1]:2", "::1", 2), ("[::1]", "::1", 9),
            ("::1", "::1", 9), ("a:", nil, 0), ("a:x", nil, 0), ("a:70000", nil, 0),
            (":5", nil, 0), ("", nil, 0), ("[::1", nil, 0), ("[::1]5", nil, 0), ("a:0", nil, 0),
        ]
        for (text, host, port) in table {
            let endpoint = Settings.Endpoint(text, defaultPort: 9)
            #expect(endpoint == host.map { .init(host: $0, port: port) }, "\(text)")
        }
    }

    @Test func linesAndTargetsAreRead() {
        let table: [(String, String, Int)] = [
            ("sku", "sku", 1), ("sku:3", "sku", 3), ("a:b", "a:b", 1), ("a:5:1", "a:5", 1),
            ("a:", "a:", 1), ("a:-1", "a:-1", 1),
        ]
        for (text, product, quantity) in table {
            #expect(
                Parsing.line(text) == StockLine(productID: product, quantity: quantity), "\(text)")
        }
        let requestID = RequestID()
        #expect(Parsing.target(requestID.description) == .request(requestID))
        #expect(
            Parsing.target("198158387899269121") == .reservation(ReservationID(198158387899269121)))
        #expect(Parsing.target("x") == nil)
    }

    @Test func timesAreReadAndWritten() {
        let table: [(String, Int?)] = [
            ("1700000000000", 1_700_000_000_000), ("2023-11-14T22:13:20Z", 1_700_000_000_000),
            ("2023-11-15T06:13:20+08:00", 1_700_000_000_000),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000), ("2023-02-29T00:00:00Z", nil),
            ("2023-11-14 22:13:20Z", nil), ("2023-11-14T22:13:20", nil), ("tomorrow", nil),
            ("2023-11-14T25:13:20Z", nil), ("2023-11-14T22:13:20+8:00", nil), ("+5", nil),
        ]
        for (text, expected) in table {
            #expect(TimeText.milliseconds(text) == expected, "\(text)")
        }
        #expect(TimeText.text(1_700_000_000_000) == "2023-11-14T22:13:20Z")
        #expect(TimeText.text(1_700_000_000_007) == "2023-11-14T22:13:20.007Z")
        #expect(TimeText.text(0) == "-")
    }

    @Test func exitStatusFollowsTheError() {
        func status(
            _ code: HoldfastErrorCode, _ outcome: HoldfastError.Outcome = .rejected,
            phase: HoldfastError.ConnectPhase? = nil
        ) -> ExitReason {
            ExitReason(
                HoldfastError(code: code, reason: "R", message: "m", outcome: outcome, phase: phase)
            )
        }
        #expect(status(.unavailable, .notSent, phase: .tcp) == .unavailable)
        #expect(status(.unauthenticated, .notSent, phase: .tls) == .notAllowed)
        #expect(status(.failedPrecondition, .notSent, phase: .configuration) == .configuration)
        #expect(status(.unavailable, .unknown) == .outcomeUnknown)
        #expect(status(.deadlineExceeded) == .outcomeUnknown)
        #expect(status(.permissionDenied) == .notAllowed)
        #expect(status(.invalidArgument) == .badData)
        #expect(status(.failedPrecondition) == .negative)
        #expect(status(.internal, .unknown) == .outcomeUnknown)
        #expect(status(.unimplemented) == .internalFault)
        let codes: [Int32] = [0, 1, 64, 65, 69, 70, 75, 77, 78]
        #expect(codes.allSatisfy { ExitReason(rawValue: $0) != nil })
    }
}
