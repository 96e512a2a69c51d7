#include "manager/gateway/sessions.hpp"

#include "base/log.hpp"
#include "base/utf8.hpp"

namespace reeve::manager {
namespace {

Error flood() { return {Errc::too_many, "messages come faster than they can be heard", "", {}}; }

}  // namespace

Sessions::Sessions(async::Loop& domain, const ClusterIdentity& cluster, store::Catalog& catalog,
                   NodeIndex& nodes, Planner& planner, Fleet& fleet, Notices& notices, Hold& hold,
                   SessionSettings settings)
    : domain_(domain),
      cluster_(cluster),
      catalog_(catalog),
      nodes_(nodes),
      planner_(planner),
      fleet_(fleet),
      notices_(notices),
      hold_(hold),
      settings_(settings),
      hellos_(settings.hello_limit),
      unsettled_(settings.retry),
      grace_end_(domain.now() + settings.grace),
      started_(domain.clock().wall()),
      sweep_due_(domain.now() + kSweepPause),
      sweep_timer_(domain.call_at(sweep_due_, [this] { sweep(); })),
      agent_calls_(domain),
      emptied_(domain),
      inbox_(domain, [this](std::vector<SessionEvent> events) { take(std::move(events)); }) {
  catalog.on_change([this](const store::Snapshot& before, const store::SnapshotPtr&,
                           const store::Touched& touched) { on_nodes(before, touched); });
  planner.on_change([this](const std::vector<std::string>& changed) {
    for (const auto& node : changed)
      if (auto* session = greeted(node)) push(*session);
  });
  hold.on_end([this] {
    for (auto& [id, session] : sessions_) push(*session);
  });
}

Sessions::~Sessions() { domain_.cancel(sweep_timer_); }

void Sessions::adopt(std::shared_ptr<net::MessageSocket> socket, std::string node) {
  auto id = next_id_.fetch_add(1);
  auto backlog = std::make_shared<Backlog>();
  inbox_.push({id, SessionOpened{socket, std::move(node), backlog}});
  auto ear = ear_of(socket->loop());
  net::SocketEvents events;
  events.on_frame = [id, ear, backlog](std::string_view frame, net::FrameKind kind) {
    auto weight = backlog->add(frame.size());
    if (weight) return ear->gatherer->push({id, ear->reader.read(frame, kind), *weight});
    if (backlog->is_news()) ear->gatherer->push({id, flood()});
  };
  events.on_closed = [id, ear](std::string reason) {
    ear->gatherer->push({id, SessionClosed{std::move(reason)}});
  };
  socket->start(std::move(events));
}

std::shared_ptr<Sessions::Ear> Sessions::ear_of(async::Loop& loop) {
  std::lock_guard lock(ears_mutex_);
  auto& ear = ears_[&loop];
  if (!ear) ear = std::make_shared<Ear>(std::make_shared<Gatherer>(loop, inbox_.sender()));
  return ear;
}

Task<Result<>> Sessions::stop(Duration limit) {
  is_stopping_ = true;
  domain_.cancel(sweep_timer_);
  for (auto& [id, session] : sessions_)
    dismiss(*session, Error{Errc::unavailable, "the manager is stopping", "", {}});
  auto deadline = domain_.now() + limit;
  while (!sessions_.empty()) {
    CO_TRY(co_await emptied_.wait(deadline), "{} agents have not closed", sessions_.size());
  }
  co_return Result<>();
}

void Sessions::take(std::vector<SessionEvent> events) {
  for (auto& event : events) take_one(event);
  if (sessions_.empty()) emptied_.notify_all();
}

void Sessions::take_one(SessionEvent& event) {
  if (auto* opened = std::get_if<SessionOpened>(&event.word)) return open(event.session, *opened);
  auto found = sessions_.find(event.session);
  if (found == sessions_.end()) return;
  auto& session = *found->second;
  session.backlog->taken(event.weight);
  if (auto* closed = std::get_if<SessionClosed>(&event.word)) {
    on_closed(session, closed->reason);
    auto open = open_of_.find(session.node);
    if (open != open_of_.end() && --open->second == 0) open_of_.erase(open);
    sessions_.erase(found);
    return;
  }
  if (session.is_dismissed) return;
  session.last_word = domain_.now();
  if (session.is_greeted) fleet_.heard_from(session.place, domain_.clock().wall());
  if (auto* garbage = std::get_if<Error>(&event.word)) {
    ++garbage_;
    log::warning("agent sent garbage", {{"node", session.node}, {"why", garbage->what}});
    dismiss(session, *garbage);
  } else if (auto* message = std::get_if<MessagePtr>(&event.word)) {
    on_message(session, **message);
  } else if (auto* piece = std::get_if<StreamPiece>(&event.word)) {
    on_piece(session, *piece);
  }
}

void Sessions::open(Id id, SessionOpened& opened) {
  auto session = std::make_unique<Session>();
  session->id = id;
  session->node = std::move(opened.node);
  session->socket = std::move(opened.socket);
  session->backlog = std::move(opened.backlog);
  session->last_word = domain_.now();
  auto& opened_session = *sessions_.emplace(id, std::move(session)).first->second;
  hellos_.touch(id, domain_.now());
  auto open = ++open_of_[opened_session.node];
  if (is_stopping_)
    dismiss(opened_session, Error{Errc::unavailable, "the manager is stopping", "", {}});
  else if (open > kMostOfNode)
    refuse(opened_session,
           Error{Errc::too_many,
                 fmt::format("a node has one connection, and this one has {}", kMostOfNode),
                 "",
                 {}});
}

void Sessions::on_message(Session& session, const link::Message& message) {
  if (message.hello) return on_hello(session, *message.hello);
  if (message.goodbye) return on_goodbye(session, *message.goodbye);
  bool may_renew = session.is_greeted || session.socket->peer().is_certificate_expired;
  if (message.renew && may_renew) return on_renew(session, *message.renew);
  if (message.renewal_kept && may_renew) return note_trusts(session, message.renewal_kept->trusts);
  if (!session.is_greeted)
    return dismiss(session, Error{Errc::invalid, "expected a hello first", "", {}});
  if (message.applied) on_applied(session, *message.applied);
  if (message.answer) agent_calls_.on_answer(session.id, *message.answer);
  if (!message.report) return;
  take_words(session, words_about_its_lists(session, message.report->lists));
  fleet_.reported_programs(session.place,
                           words_about_its_programs(session, message.report->programs));
  if (session.is_in_doubt) resolve_doubt(session, message.report->lists);
  if (message.report->clock) note_clock(session, message.report->clock);
}

void Sessions::on_goodbye(Session& session, const link::Goodbye& goodbye) {
  log::info("agent said goodbye", {{"node", session.node},
                                   {"code", utf8::cut(goodbye.code, kMostWord)},
                                   {"why", utf8::cut(goodbye.message, kMostWord)}});
  if (session.is_greeted) {
    forget_greeting(session);
    lost_.erase(session.node);
    fleet_.disconnected(session.node, domain_.clock().wall());
  }
  session.is_dismissed = true;
  session.socket->close(net::CloseCode::normal, "goodbye");
}

void Sessions::on_closed(Session& session, const std::string& reason) {
  hellos_.remove(session.id);
  unsettled_.remove(session.id);
  renewals_.remove(session.id);
  if (session.is_dismissed) return;
  // The node may be back within its lease: only the end of that makes it down.
  forget_greeting(session);
  log::info("agent's connection ended", {{"node", session.node}, {"why", reason}});
}

void Sessions::dismiss(Session& session, const Error& why) {
  if (session.is_dismissed) return;
  session.is_dismissed = true;
  forget_greeting(session);
  session.socket->send(link::frame_of(link::goodbye_of(why)), net::FrameKind::text);
  auto code = why.code == Errc::unavailable ? net::CloseCode::going_away : net::CloseCode::policy;
  session.socket->close(code, why.what);
}

Session* Sessions::greeted(const std::string& node) {
  auto found = greeted_.find(node);
  return found == greeted_.end() ? nullptr : found->second;
}

void Sessions::forget_greeting(const Session& session) {
  agent_calls_.on_session_end(session.id);
  auto found = greeted_.find(session.node);
  if (found == greeted_.end() || found->second != &session) return;
  greeted_.erase(found);
  lost_[session.node] = session.last_word;
}

}  // namespace reeve::manager
