"""Chat templates of the families that models use, written for the tests."""

CHATML = """\
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""

# Writes the beginning of a text, trims contents, ends a turn with a token of its own.
HEADERS = """\
{{- bos_token }}
{%- if tools is defined and tools %}
    {{- 'Tools: ' }}{{ tools | tojson(indent=2) }}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == 'tool' or 'tool_calls' in message %}
        {{- '<|start|>tool<|end|>' + (message | tojson) + '<|eot|>' }}
        {%- continue %}
    {%- endif %}
    {{- '<|start|>' + message['role'] + '<|end|>\\n\\n' + message['content'] | trim + '<|eot|>' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|start|>assistant<|end|>\\n\\n' }}{% endif %}
"""

# Refuses conversations that do not take turns; the system prompt goes into the first question.
INSTRUCT = """\
{% if messages[0]['role'] == 'system' %}
    {% set system = messages[0]['content'] + '\\n\\n' %}
    {% set turns = messages[1:] %}
{% else %}
    {% set system = '' %}
    {% set turns = messages %}
{% endif %}
{{ bos_token }}
{%- for message in turns %}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('user and assistant must take turns') }}
    {%- endif %}
    {%- if message['role'] == 'user' %}
        {{- '[INST] ' + (system if loop.first else '') + message['content'] + ' [/INST]' }}
    {%- else %}
        {{- ' ' + message['content'] + eos_token }}
    {%- endif %}
{%- endfor %}
"""

# The model is called otherwise; contents may be lists of parts; a namespace counts.
TURNS = """\
{{ bos_token }}
{%- set ns = namespace(turn=0) -%}
{%- for message in messages -%}
    {%- set ns.turn = ns.turn + 1 -%}
    {%- set role = 'model' if message.role == 'assistant' else message.role -%}
<turn {{ ns.turn }} {{ role }}>
{% if message.content is string -%}
{{ message.content | trim }}
{%- else -%}
    {%- for part in message.content if part.type == 'text' -%}
{{ part.text }}
    {%- endfor -%}
{%- endif -%}
<end>
{% endfor -%}
{% if add_generation_prompt %}<turn {{ ns.turn + 1 }} model>
{% endif -%}
"""

# Says what the model says.
MARKED = """\
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' }}
    {%- if message.role == 'assistant' %}
        {%- generation %}{{ message.content + '<|im_end|>' }}{% endgeneration %}
    {%- else %}
        {{- message.content + '<|im_end|>' }}
    {%- endif %}
    {{- '\\n' }}
{%- endfor %}
"""

# Leaves what the model thought out of earlier turns, so no conversation is the beginning of a longer one.
FORGETFUL = """\
{%- for message in messages %}
    {%- if message.reasoning_content and loop.last %}
        {{- '<think>' + message.reasoning_content + '</think>' }}
    {%- endif %}
    {{- '[' + message.role + ']' + message.content }}
{%- endfor %}
"""

TEMPLATES = {
    "chatml": CHATML,
    "headers": HEADERS,
    "instruct": INSTRUCT,
    "turns": TURNS,
    "marked": MARKED,
    "forgetful": FORGETFUL,
}
TOKENS = {"bos_token": "<s>", "eos_token": "<|im_end|>", "unk_token": "<unk>"}
