import CHoldfastProto
import CProtobufC
import HoldfastClient
import HoldfastWire
import Testing

@Suite struct WireEnumTests {
    /// Every value of the protocol's own description, so that a new one cannot be forgotten here.
    private func matches<Value: WireEnum>(
        _ type: Value.Type, _ descriptor: ProtobufCEnumDescriptor
    ) {
        #expect(Int(descriptor.n_values) == Value.known.count)
        for index in 0..<Int(descriptor.n_values) {
            let entry = descriptor.values[index]
            let value = Value(number: entry.value)
            #expect(value.protocolName == String(cString: entry.name))
            #expect(value.number == entry.value)
            #expect(Value(name: value.name) == value)
            #expect(Value(name: value.protocolName.lowercased()) == value)
        }
    }

    @Test func everyEnumHasTheProtocolsNamesAndNumbers() {
        self.matches(ReserveOutcome.self, holdfast__v1__reserve_outcome__descriptor)
        self.matches(ConfirmOutcome.self, holdfast__v1__confirm_outcome__descriptor)
        self.matches(RefundCause.self, holdfast__v1__refund_cause__descriptor)
        self.matches(CancelOutcome.self, holdfast__v1__cancel_outcome__descriptor)
        self.matches(CancelReason.self, holdfast__v1__cancel_reason__descriptor)
        self.matches(ExtendOutcome.self, holdfast__v1__extend_outcome__descriptor)
        self.matches(RefundOutcome.self, holdfast__v1__refund_outcome__descriptor)
        self.matches(GetReservationOutcome.self, holdfast__v1__get_reservation_outcome__descriptor)
        self.matches(GetStockOutcome.self, holdfast__v1__get_stock_outcome__descriptor)
        self.matches(PreloadOutcome.self, holdfast__v1__preload_outcome__descriptor)
        self.matches(AdjustStockOutcome.self, holdfast__v1__adjust_stock_outcome__descriptor)
        self.matches(SetStateOutcome.self, holdfast__v1__set_state_outcome__descriptor)
        self.matches(CheckRiskOutcome.self, holdfast__v1__check_risk_outcome__descriptor)
        self.matches(RiskInputPresence.self, holdfast__v1__risk_input_presence__descriptor)
        self.matches(SnapshotOutcome.self, holdfast__v1__snapshot_outcome__descriptor)
        self.matches(ReservationState.self, holdfast__v1__reservation_state__descriptor)
        self.matches(SaleState.self, holdfast__v1__sale_state__descriptor)
        self.matches(ProductState.self, holdfast__v1__product_state__descriptor)
    }

    @Test func numbersOfANewerServerAreKept() {
        for number: Int32 in [14, 99, -1, .max, .min] {
            let value = ReserveOutcome(number: number)
            #expect(value == .unrecognized(number))
            #expect(value.number == number)
            #expect(value.name == "UNRECOGNIZED_\(number)")
        }
    }

    @Test func errorCodesAreGoogles() {
        for code in RPCCode.allCases {
            let mine = HoldfastErrorCode(number: Int32(code.rawValue))
            #expect(mine.name == code.name)
            #expect(mine.number == Int32(code.rawValue))
        }
        #expect(HoldfastErrorCode(number: 17) == .unrecognized(17))
    }
}
