import HoldfastTransport
import Testing

@testable import HoldfastServer

@Suite struct ServerConfigurationTests {
    private func parse(
        _ yaml: String = "", flags: [String] = [], environment: [String: String] = [:]
    ) throws(ConfigurationError) -> ServerConfiguration {
        try ServerConfiguration.parse(
            flags: flags, environment: environment, file: ("conf/holdfast.yaml", yaml))
    }

    private func refusal(
        _ yaml: String = "", flags: [String] = [], environment: [String: String] = [:]
    ) -> ConfigurationError? {
        do {
            _ = try self.parse(yaml, flags: flags, environment: environment)
            return nil
        } catch {
            return error
        }
    }

    @Test func withoutAnySettingTheDefaultsCount() throws {
        let configuration = try self.parse()
        #expect(configuration.stockHost == "127.0.0.1")
        #expect(configuration.stockPort == 7443)
        #expect(configuration.stockClientCertificate == .required)
        #expect(configuration.anonymousRole == .none)
        #expect(configuration.adminHost == "127.0.0.1")
        #expect(configuration.adminPort == 7444)
        #expect(configuration.certificateFile == "conf/certs/server.pem")
        #expect(configuration.privateKeyFile == "conf/certs/server.key")
        #expect(configuration.clientCAFile == "conf/certs/ca.pem")
        #expect(
            configuration.identities.entries == [
                "gateway spiffe://holdfast.local/gateway/dev",
                "service spiffe://holdfast.local/service/dev",
                "operator spiffe://holdfast.local/operator/dev",
                "admin spiffe://holdfast.local/admin/dev",
            ])
        #expect(configuration.reactorCount == 0)
        #expect(configuration.shardCount == 64)
        #expect(configuration.lapsesMax == 5)
        #expect(configuration.retentionMilliseconds == 86_400_000)
        #expect(configuration.memoryBudgetBytes == 0)
        #expect(configuration.transportLimits.connectionsMax == 10_000)
        #expect(configuration.transportLimits.connectionsPerAddressMax == 64)
        #expect(configuration.transportLimits.handshakeMilliseconds == 5_000)
        #expect(configuration.transportLimits.frameMilliseconds == 10_000)
        #expect(configuration.transportLimits.idleMilliseconds == 60_000)
        #expect(configuration.transportLimits.outputBytesMax == 262_144)
        #expect(configuration.transportLimits.outputStallMilliseconds == 10_000)
        #expect(configuration.transportLimits.outputBytesTotalMax == 536_870_912)
        #expect(configuration.callsInFlightMax == 1_024)
        #expect(configuration.controlFramesPerSecondMax == 10)
        #expect(configuration.defaultTimeoutMilliseconds == 1_000)
        #expect(configuration.stockFrameBytesMax == 65_536)
        #expect(configuration.adminFrameBytesMax == 1_048_576)
        #expect(configuration.logLevel == "info")
        #expect(configuration.logFormat == .text)
        #expect(configuration.transportLimits.logLinesPerSecondMax == 5)
        #expect(configuration.saleFiles.isEmpty)
        #expect(configuration.unsafeSettings.isEmpty)
    }

    @Test func aFileOfCommentsAloneIsAFileWithoutSettings() throws {
        #expect(try self.parse("# nothing\n\n   # here\n---\n").stockPort == 7443)
    }

    @Test func flagsWinOverVariablesAndThoseOverTheFile() throws {
        let yaml = "stock:\n  port: 1001\n"
        let environment = ["HOLDFAST_STOCK_PORT": "1002"]
        #expect(try self.parse(yaml).stockPort == 1001)
        #expect(try self.parse(yaml, environment: environment).stockPort == 1002)
        #expect(
            try self.parse(yaml, flags: ["--stock-port", "1003"], environment: environment)
                .stockPort == 1003)
        #expect(
            try self.parse(yaml, flags: ["--stock-port=1004"], environment: environment)
                .stockPort == 1004)
    }

    @Test func everySettingCanBeGivenByFileVariableAndFlag() throws {
        for setting in SettingsTable.all {
            // "x" is no good value of any setting but a path or a host; a list takes it as one entry.
            let free = [
                "stock.host", "admin.host", "tls.certificate", "tls.key", "tls.client_ca",
                "data.sales", "data.directory", "admission.rules",
            ]
            if free.contains(setting.name) { continue }
            let parts = setting.name.split(separator: ".")
            let value = setting.shape == .list ? "[x]" : "x"
            let yaml =
                parts.count == 1
                ? "\(setting.name): \(value)\n" : "\(parts[0]):\n  \(parts[1]): \(value)\n"
            #expect(self.refusal(yaml)?.subject == setting.name)
            #expect(self.refusal(environment: [setting.variable: "x"])?.subject == setting.name)
            #expect(self.refusal(flags: [setting.flag, "x"])?.subject == setting.name)
        }
    }

    @Test func namesOfFlagsAndVariablesAreUnique() {
        #expect(Set(SettingsTable.all.map(\.name)).count == SettingsTable.all.count)
        #expect(Set(SettingsTable.all.map(\.flag)).count == SettingsTable.all.count)
        #expect(Set(SettingsTable.all.map(\.variable)).count == SettingsTable.all.count)
    }

    @Test func anUnknownKeyIsNamedWithTheNearestKnownOne() {
        let wrong = self.refusal("stock:\n  prot: 7443\n")
        #expect(wrong?.code == .unknownKey)
        #expect(wrong?.subject == "stock.prot")
        #expect(
            wrong?.message
                == "unknown setting stock.prot in conf/holdfast.yaml; did you mean stock.port?")
        let section = self.refusal("stok:\n  port: 7443\n")
        #expect(section?.message.contains("did you mean stock.port?") == true)
        let nested = self.refusal("stock:\n  port:\n    number: 7443\n")
        #expect(nested?.subject == "stock.port.number")
        let strange = self.refusal("completely_different_thing: 1\n")
        #expect(strange?.message.contains("holdfast serve --help") == true)
    }

    @Test func anUnknownFlagIsNamedWithTheNearestKnownOne() {
        let wrong = self.refusal(flags: ["--stock-prot", "1"])
        #expect(wrong?.code == .unknownFlag)
        #expect(wrong?.message == "unknown flag --stock-prot; did you mean --stock-port?")
        let loose = self.refusal(flags: ["7443"])
        #expect(loose?.code == .unknownFlag)
        #expect(loose?.subject == "7443")
    }

    @Test(arguments: [
        ("stock.port", "stock:\n  port: 65536\n"),
        ("stock.port", "stock:\n  port: -1\n"),
        ("stock.port", "stock:\n  port: high\n"),
        ("stock.port", "stock:\n  port: [1, 2]\n"),
        ("stock.host", "stock:\n  host: \"\"\n"),
        ("stock.client_certificate", "stock:\n  client_certificate: maybe\n"),
        ("stock.client_certificate", "stock:\n  client_certificate: none\n"),
        ("stock.anonymous_role", "stock:\n  anonymous_role: admin\n"),
        ("admin.port", "admin:\n  port: 1e9\n"),
        ("tls.certificate", "tls:\n  certificate: \"\"\n"),
        ("identities", "identities: []\n"),
        ("identities", "identities: [\"root spiffe://a/b/c\"]\n"),
        ("identities", "identities: [\"gateway\"]\n"),
        ("identities", "identities: [\"gateway https://a/b\"]\n"),
        ("identities", "identities: [\"gateway spiffe://a/b\", \"admin spiffe://a/b\"]\n"),
        ("identities", "identities: gateway\n"),
        ("reactors", "reactors: 257\n"),
        ("shards", "shards: 0\n"),
        ("shards", "shards: 4097\n"),
        ("sale.lapses_max", "sale:\n  lapses_max: 65536\n"),
        ("sale.retention_ms", "sale:\n  retention_ms: -5\n"),
        ("memory.budget_bytes", "memory:\n  budget_bytes: 1000\n"),
        ("limits.connections", "limits:\n  connections: 0\n"),
        ("limits.buffers_bytes", "limits:\n  buffers_bytes: 16777216\n  output_bytes: 16777216\n"),
        ("limits.idle_ms", "limits:\n  idle_ms: 10\n"),
        ("limits.drain_ms", "limits:\n  drain_ms: 4001\n"),
        ("limits.queue_ms", "limits:\n  queue_ms: 60001\n"),
        ("log.level", "log:\n  level: loud\n"),
        ("log.format", "log:\n  format: xml\n"),
        ("data.sales", "data:\n  sales: one.json\n"),
    ])
    func aBadValueNamesItsSettingAndWhatIsAllowed(name: String, yaml: String) {
        let wrong = self.refusal(yaml)
        #expect(wrong?.code == .badValue)
        #expect(wrong?.subject == name)
        #expect(wrong?.message.contains("\n") == false)
        #expect(wrong?.message.contains(name) == true)
        let documentation = SettingsTable.named(name)?.documentation ?? ""
        let saysWhat =
            wrong?.message.contains(documentation) == true
            || wrong?.message.contains("must") == true
            || wrong?.message.contains("allowed") == true
            || wrong?.message.contains("keep one") == true
            || wrong?.message.contains("name at least one") == true
        #expect(saysWhat, "\(wrong?.message ?? "accepted")")
    }

    @Test func aMessageNamesThePlaceOfTheBadValue() {
        #expect(
            self.refusal("stock:\n  port: x\n")?.message.hasPrefix(
                "stock.port in conf/holdfast.yaml is 'x'; allowed: ") == true)
        #expect(
            self.refusal(environment: ["HOLDFAST_STOCK_PORT": "x"])?.message.hasPrefix(
                "variable HOLDFAST_STOCK_PORT is 'x'") == true)
        #expect(
            self.refusal(flags: ["--stock-port", "x"])?.message.hasPrefix(
                "flag --stock-port is 'x'") == true)
    }

    @Test(arguments: ["stock: [", "- a\n- b\n", "stock:\n  port: 1\nstock:\n  port: 2\n", "}{"])
    func aFileThatIsNoSettingsIsRefusedInOneLine(yaml: String) {
        let wrong = self.refusal(yaml)
        #expect(wrong?.code == .fileMalformed)
        #expect(wrong?.message.contains("conf/holdfast.yaml") == true)
        #expect(wrong?.message.contains("\n") == false)
    }

    @Test func aMissingFileIsNamed() {
        #expect(throws: ConfigurationError.self) {
            try ServerConfiguration.load(file: "/nowhere/holdfast.yaml")
        }
    }

    @Test func pathsOfTheFileStartAtItsFolderThoseOfFlagsAtTheWorkingDirectory() throws {
        let yaml =
            "tls:\n  key: a/b.key\n  certificate: /abs/c.pem\ndata:\n  sales: [x.json, /y.json]\n"
        let configuration = try self.parse(
            yaml, flags: ["--tls-client-ca", "here/ca.pem"])
        #expect(configuration.privateKeyFile == "conf/a/b.key")
        #expect(configuration.certificateFile == "/abs/c.pem")
        #expect(configuration.clientCAFile == "here/ca.pem")
        #expect(configuration.saleFiles == ["conf/x.json", "/y.json"])
        #expect(
            try self.parse(environment: ["HOLDFAST_DATA_SALES": "p.json, q.json"]).saleFiles
                == ["p.json", "q.json"])
    }

    @Test func unsafeSettingsAreNamed() throws {
        let open = try self.parse(
            "stock:\n  client_certificate: optional\n  anonymous_role: gateway\n")
        #expect(open.unsafeSettings == ["stock.client_certificate", "stock.anonymous_role"])
    }

    @Test func anAnonymousRoleNeedsOptionalCertificates() {
        let wrong = self.refusal("stock:\n  anonymous_role: gateway\n")
        #expect(wrong?.subject == "stock.anonymous_role")
        #expect(wrong?.message.contains("client_certificate: optional") == true)
    }

    @Test func foreignVariablesAreNotRead() throws {
        #expect(
            try self.parse(environment: ["STOCK_PORT": "1", "HOLDFAST_SERVER": "x"]).stockPort
                == 7443)
    }
}
