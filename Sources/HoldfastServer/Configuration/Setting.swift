/// One setting as the table declares it. Its name is the YAML path (`stock.port`), the flag is `--stock-port`, the
/// environment variable `HOLDFAST_STOCK_PORT`.
package struct Setting: Sendable {
    package enum Shape: Sendable {
        /// One value.
        case scalar
        /// A YAML list; in a flag or a variable the entries are separated by commas.
        case list
    }

    package let name: String
    package let shape: Shape
    /// As it would stand in the YAML file; empty: no value.
    package let defaultText: String
    /// One line for people: what it does, its unit, what is allowed.
    package let documentation: String

    init(_ name: String, _ shape: Shape = .scalar, default: String, _ documentation: String) {
        self.name = name
        self.shape = shape
        self.defaultText = `default`
        self.documentation = documentation
    }

    /// `--stock-client-certificate`.
    package var flag: String {
        "--" + String(self.name.map { $0 == "." || $0 == "_" ? "-" : $0 })
    }

    /// `HOLDFAST_STOCK_CLIENT_CERTIFICATE`.
    package var variable: String {
        "HOLDFAST_" + String(self.name.uppercased().map { $0 == "." ? "_" : $0 })
    }
}
