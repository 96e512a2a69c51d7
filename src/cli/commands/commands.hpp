// The commands of the program, one function for each file of this folder, in the order of the help.
// Called once, by run() in cli.cpp.
#pragma once

#include "cli/command.hpp"
#include "cli/session.hpp"

namespace reeve::cli {

void add_commands(Command root);

void add_dev(Command& root);
void add_manager(Command& root);
void add_agent(Command& root);
void add_status(Command& root);
void add_service(Command& root);
void add_instance(Command& root);
void add_subscriber(Command& root);
void add_node(Command& root);
void add_program(Command& root);
void add_apply(Command& root);
void add_diff(Command& root);
void add_operation(Command& root);
void add_notice(Command& root);
void add_audit(Command& root);
void add_token(Command& root);
void add_join_token(Command& root);
void add_ca(Command& root);
void add_backup(Command& root);
void add_restore(Command& root);
void add_resume(Command& root);
void add_openapi(Command& root);
void add_completion(Command& root);
void add_version(Command& root);

inline constexpr const char* kRolesGroup = "Run it";
inline constexpr const char* kServicesGroup = "Services and who reads them";
inline constexpr const char* kProgramsGroup = "What runs";
inline constexpr const char* kRecordsGroup = "What happened";
inline constexpr const char* kAccessGroup = "Who may come in";
inline constexpr const char* kSafetyGroup = "Backup and restore";
inline constexpr const char* kOtherGroup = "More";

}  // namespace reeve::cli
