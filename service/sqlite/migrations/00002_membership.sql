-- +goose Up

-- Nothing asks for the groups of a member, and keeping this index took as long
-- as the memberships themselves.
DROP INDEX membership_by_member;
