// Who stands at a gate.
export { GateRoute, LastGateRoute } from "./gate";
