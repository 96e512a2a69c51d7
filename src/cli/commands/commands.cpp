#include "cli/commands/commands.hpp"

namespace reeve::cli {

void add_commands(Command root) {
  add_dev(root);
  add_manager(root);
  add_agent(root);
  add_service(root);
  add_instance(root);
  add_subscriber(root);
  add_node(root);
  add_program(root);
  add_apply(root);
  add_diff(root);
  add_status(root);
  add_operation(root);
  add_notice(root);
  add_audit(root);
  add_join_token(root);
  add_token(root);
  add_ca(root);
  add_backup(root);
  add_restore(root);
  add_resume(root);
  add_openapi(root);
  add_completion(root);
  add_version(root);
  // Last: commands take over what was taught before they were added.
  root.teach(
      "Begin here:\n"
      "  reeve dev --demo                               a manager, an agent and a service to play "
      "with\n"
      "  reeve service ls                               what there is\n"
      "  reeve instance offline pay 127.0.0.1:8881      take an instance out of every list\n"
      "  reeve service apply -f pay.yaml                state what you want\n"
      "\n"
      "Commands find a manager on this machine by themselves; REEVE_ADDR and REEVE_TOKEN name "
      "another.\n"
      "`reeve COMMAND --help` explains a command. Exit codes: 0 done, 1 failed, 2 misused.");
}

}  // namespace reeve::cli
