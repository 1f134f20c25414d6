-- document.file_add(...): a stored file is known. Of a final document's PDF there is one: a second is nothing.
CREATE FUNCTION document.file_add(p_id uuid, p_object text, p_object_id uuid, p_kind text, p_name text,
    p_media_type text, p_size bigint, p_sha256 text) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO document.file (id, object, object_id, kind, name, media_type, size, sha256)
    VALUES (p_id, p_object, p_object_id, p_kind, p_name, p_media_type, p_size, p_sha256)
    ON CONFLICT (tenant_id, object_id, object) WHERE kind = 'pdf' DO NOTHING
$$;

GRANT EXECUTE ON FUNCTION document.file_add(uuid, text, uuid, text, text, text, bigint, text) TO billfold_program;
